//! Determines from the type of a returned value whether its call failed.
//!
//! The expansion contains `(&&&&&&Probe(&value)).__leave(call)`; method resolution takes
//! the first tier whose bounds hold, those with more references first, so aliases of `Result`,
//! generic errors and `Option<Result<…>>` work, and a value that cannot fail costs nothing. (The
//! technique is known as autoref specialisation.) The tier of a future's output is found before
//! there is a value, from its type alone, so that all futures with the same output share the code
//! that inspects it. This file does not depend on how errors are recorded.

use crate::recorder::deferred;
use crate::recorder::finish::Finish;
use crate::recorder::guard::Call;
use crate::recorder::inspect::{Ignore, Inspect};
use crate::recorder::late::{ErrorInfo, cause};
use crate::recorder::task_scope::{Returned, TaskScope};
use crate::value::Value;
use std::error::Error;
use std::fmt::Display;
use std::future::Future;
use std::marker::PhantomData;
use std::task::Poll;

/// A value to inspect.
pub struct Probe<'a, T: ?Sized>(pub &'a T);

/// A type that may hold an error.
#[diagnostic::on_unimplemented(
    message = "`err(…)` needs a function that returns a `Result`, and this one returns `{Self}`",
    label = "contains no error",
    note = "`Result`, `Option<Result>` and `Poll<Result>` contain one"
)]
pub trait Fallible {
    /// The error.
    type Error: ?Sized;
    /// Returns the error, if there is one.
    fn error(&self) -> Option<&Self::Error>;
}

impl<T, E> Fallible for Result<T, E> {
    type Error = E;

    #[inline]
    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

impl<T: Fallible> Fallible for Option<T> {
    type Error = T::Error;

    #[inline]
    fn error(&self) -> Option<&T::Error> {
        self.as_ref()?.error()
    }
}

impl<T: Fallible> Fallible for Poll<T> {
    type Error = T::Error;

    #[inline]
    fn error(&self) -> Option<&T::Error> {
        match self {
            Poll::Ready(value) => value.error(),
            Poll::Pending => None,
        }
    }
}

impl<'a, T: Fallible> Probe<'a, T> {
    /// Returns the error, if there is one.
    #[inline]
    pub fn error(self) -> Option<&'a T::Error> {
        self.0.error()
    }

    /// Returns whether there is an error.
    #[inline]
    pub fn __failed(&self) -> bool {
        self.0.error().is_some()
    }
}

/// The counterpart for types that hold no error.
pub trait NeverFails {
    /// Returns `false`.
    fn __failed(&self) -> bool;
}

impl<T: ?Sized> NeverFails for &Probe<'_, T> {
    #[inline(always)]
    fn __failed(&self) -> bool {
        false
    }
}

impl<'a, T, E> Probe<'a, Result<T, E>> {
    /// Returns the value of an `Ok`.
    #[inline]
    pub fn __value(&self) -> Option<&'a T> {
        self.0.as_ref().ok()
    }
}

/// The value itself, for types that are not `Result`.
pub trait AnyValue<'a, T: ?Sized> {
    /// Returns the value.
    fn __value(&self) -> Option<&'a T>;
}

impl<'a, T: ?Sized> AnyValue<'a, T> for &Probe<'a, T> {
    #[inline]
    fn __value(&self) -> Option<&'a T> {
        Some(self.0)
    }
}

/// An error to record.
pub struct ErrorProbe<'a, E: ?Sized>(pub &'a E);

/// The type of the value that a future will produce.
pub struct Output<T>(PhantomData<fn() -> T>);

/// Returns the type of the value that `future` will produce.
#[inline(always)]
pub fn output_of<T, F: Future<Output = T>>(_: &F) -> Output<T> {
    Output(PhantomData)
}

/// Describes errors of one tier.
pub trait Describe<E: ?Sized> {
    /// Marks the span failed.
    fn describe(error: &E, kind: Option<Value<'_>>, finish: &mut Finish);
}

fn record<'a>(
    finish: &mut Finish,
    given: Option<Value<'a>>,
    default: &'static str,
    mut info: ErrorInfo<'a>,
) {
    info.kind = given.unwrap_or(Value::Static(default));
    finish.fail(&info);
}

/// Marks a span failed. Its state is passed by value, so that it needs no memory where no error
/// occurs.
#[cold]
#[inline(never)]
fn fail<D: Describe<E>, E: ?Sized>(finish: u64, error: &E) -> u64 {
    let mut finish = Finish::from_bits(deferred::settled(finish));
    D::describe(error, None, &mut finish);
    finish.to_bits()
}

/// Leaves a call that failed.
#[cold]
#[inline(never)]
fn fail_and_leave<D: Describe<E>, E: ?Sized>(finish: u64, restore: u64, error: &E) {
    let mut call = Call::from_bits(finish, restore);
    D::describe(error, None, call.finish());
    call.leave();
}

macro_rules! tiers {
    ($($(#[$doc:meta])* $tier:ident $on_value:ident $on_output:ident $on_error:ident ($($receiver:tt)*)
        $(for<$inside:lifetime>)? [$($bounds:tt)*] |$error:pat_param| $info:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $tier;

        impl<$($inside,)? E: $($bounds)*> Describe<E> for $tier {
            fn describe(error: &E, kind: Option<Value<'_>>, finish: &mut Finish) {
                let $error = error;
                record(finish, kind, std::any::type_name::<E>(), $info);
            }
        }

        impl<T: Fallible> Inspect<T> for $tier
        where
            $tier: Describe<T::Error>,
        {
            // HOT: no user code runs while the span's state is outside of the scope.
            #[inline]
            fn inspect<'a>(&self, value: &T, scope: TaskScope<'a>) -> Returned<'a> {
                let mut returned = scope.returned();
                if let Some(error) = value.error() {
                    returned.finish = Finish::from_bits(fail::<$tier, _>(returned.finish.to_bits(), error));
                }
                returned
            }
        }

        $(#[$doc])*
        pub trait $on_error<E: ?Sized> {
            /// Marks the span failed.
            fn __record(&self, finish: &mut Finish, kind: Option<Value<'_>>);
        }

        impl<'a $(, $inside: 'a)?, E: $($bounds)*> $on_error<E> for $($receiver)* ErrorProbe<'a, E> {
            #[cold]
            #[inline(never)]
            fn __record(&self, finish: &mut Finish, kind: Option<Value<'_>>) {
                $tier::describe(self.0, kind, finish);
            }
        }

        $(#[$doc])*
        pub trait $on_value<E: ?Sized> {
            /// Marks the span failed if the value is an error.
            fn __record_error(&self, finish: &mut Finish);
            /// Leaves a call, which has failed if the value is an error.
            fn __leave(&self, call: Call);
        }

        impl<'a $(, $inside: 'a)?, E: $($bounds)*, T: Fallible<Error = E>> $on_value<E> for &$($receiver)* Probe<'a, T> {
            #[inline]
            fn __record_error(&self, finish: &mut Finish) {
                if let Some(error) = self.0.error() {
                    *finish = Finish::from_bits(fail::<$tier, _>(finish.to_bits(), error));
                }
            }

            #[inline]
            fn __leave(&self, call: Call) {
                call.leave_with(self.0.error(), fail_and_leave::<$tier, _>);
            }
        }

        $(#[$doc])*
        pub trait $on_output<E: ?Sized> {
            /// Returns the inspector of such values.
            fn __inspector(&self) -> $tier;
        }

        impl<$($inside,)? E: $($bounds)*, T: Fallible<Error = E>> $on_output<E> for &$($receiver)* Output<T> {
            #[inline]
            fn __inspector(&self) -> $tier {
                $tier
            }
        }
    )*};
}

const NOTHING: ErrorInfo<'static> = ErrorInfo { kind: Value::Absent, message: None, source: None };

tiers! {
    /// Errors proper: message and chain.
    ErrorTier ValueByError OutputByError ByError (&&&&&) [Error]
        |error| ErrorInfo { message: Some(error_display(error)), source: cause(|| error.source()), ..NOTHING };
    /// Boxed errors, whatever they borrow, and reports such as anyhow's.
    AsErrorTier ValueByAsError OutputByAsError ByAsError (&&&&) for<'e> [AsRef<dyn Error + 'e> + Display]
        |error| ErrorInfo { message: Some(as_display(error)), source: cause(|| error.as_ref().source()), ..NOTHING };
    /// Errors proper that also implement auto traits, which an error around a type parameter of the
    /// caller implements only if the parameter is bounded by them.
    KnownErrorTier ValueByKnownError OutputByKnownError ByKnownError (&&&) [Error + Send + Sync + Unpin]
        |error| ErrorInfo { message: Some(error_display(error)), source: cause(|| error.source()), ..NOTHING };
    /// Boxed errors that can be sent.
    AsSyncErrorTier ValueByAsSyncError OutputByAsSyncError ByAsSyncError (&&) for<'e> [AsRef<dyn Error + Send + Sync + 'e> + Display]
        |error| ErrorInfo { message: Some(as_display(error)), source: cause(|| error.as_ref().source()), ..NOTHING };
    /// Errors that can only be displayed.
    DisplayTier ValueByDisplay OutputByDisplay ByDisplay (&) [Display]
        |error| ErrorInfo { message: Some(as_display(error)), ..NOTHING };
    /// Errors without any of these traits.
    NothingTier ValueByNothing OutputByNothing ByNothing () [Sized]
        |_| NOTHING;
}

fn as_display<E: Display>(error: &E) -> &dyn Display {
    error
}

fn error_display<E: Error>(error: &E) -> &dyn Display {
    error
}

/// The traits by which a probe is called, unnamed so that a block may import them all.
pub mod tiers {
    pub use super::{
        AnyValue as _, ByAsError as _, ByAsSyncError as _, ByDisplay as _, ByError as _,
        ByKnownError as _, ByNothing as _, NeverFails as _, NoError as _, ValueByAsError as _,
        ValueByAsSyncError as _, ValueByDisplay as _, ValueByError as _, ValueByKnownError as _,
        ValueByNothing as _,
    };
}

/// The traits by which the type of an output is called, unnamed so that a block may import them all.
pub mod outputs {
    pub use super::{
        OutputByAsError as _, OutputByAsSyncError as _, OutputByDisplay as _, OutputByError as _,
        OutputByKnownError as _, OutputByNothing as _, OutputWithoutError as _,
    };
}

/// Values that cannot fail.
pub trait NoError {
    /// Does nothing.
    fn __record_error(&self, finish: &mut Finish);
    /// Leaves the call.
    fn __leave(&self, call: Call);
}

impl<T: ?Sized> NoError for Probe<'_, T> {
    #[inline]
    fn __record_error(&self, _: &mut Finish) {}

    #[inline]
    fn __leave(&self, call: Call) {
        call.leave();
    }
}

/// Outputs that cannot fail.
pub trait OutputWithoutError {
    /// Returns an inspector that does nothing.
    fn __inspector(&self) -> Ignore;
}

impl<T> OutputWithoutError for Output<T> {
    #[inline]
    fn __inspector(&self) -> Ignore {
        Ignore
    }
}
