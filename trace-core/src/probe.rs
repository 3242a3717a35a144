//! Determines from the type of a returned value whether its call failed.
//!
//! The expansion contains `(&&&&&&Probe(&value)).__record_error(finish)`; method resolution takes
//! the first tier whose bounds hold, those with more references first, so aliases of `Result`,
//! generic errors and `Option<Result<…>>` work, and a value that cannot fail costs nothing. (The
//! technique is known as autoref specialisation.) This file does not depend on how errors are
//! recorded.

use crate::recorder::finish::Finish;
use crate::recorder::late::{ErrorInfo, cause};
use crate::value::Value;
use std::error::Error;
use std::fmt::Display;
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

fn record<'a>(
    finish: &mut Finish,
    given: Option<Value<'a>>,
    default: &'static str,
    mut info: ErrorInfo<'a>,
) {
    info.kind = given.unwrap_or(Value::Static(default));
    finish.fail(&info);
}

macro_rules! tiers {
    ($($(#[$doc:meta])* $on_value:ident $on_error:ident ($($receiver:tt)*) $(for<$inside:lifetime>)? [$($bounds:tt)*] $info:expr;)*) => {$(
        $(#[$doc])*
        pub trait $on_error<E: ?Sized> {
            /// Marks the span failed.
            fn __record(&self, finish: &mut Finish, kind: Option<Value<'_>>);
        }

        impl<'a $(, $inside: 'a)?, E: $($bounds)*> $on_error<E> for $($receiver)* ErrorProbe<'a, E> {
            #[cold]
            #[inline(never)]
            fn __record(&self, finish: &mut Finish, kind: Option<Value<'_>>) {
                let info: fn(&'a E) -> ErrorInfo<'a> = $info;
                record(finish, kind, std::any::type_name::<E>(), info(self.0));
            }
        }

        $(#[$doc])*
        pub trait $on_value<E: ?Sized> {
            /// Marks the span failed if the value is an error.
            fn __record_error(&self, finish: &mut Finish);
        }

        impl<'a $(, $inside: 'a)?, E: $($bounds)*, T: Fallible<Error = E>> $on_value<E> for &$($receiver)* Probe<'a, T> {
            #[inline]
            fn __record_error(&self, finish: &mut Finish) {
                if let Some(error) = self.0.error() {
                    $on_error::__record(&$($receiver)* ErrorProbe(error), finish, None);
                }
            }
        }
    )*};
}

const NOTHING: ErrorInfo<'static> = ErrorInfo { kind: Value::Absent, message: None, source: None };

tiers! {
    /// Errors proper: message and chain.
    ValueByError ByError (&&&&&) [Error]
        |error| ErrorInfo { message: Some(error_display(error)), source: cause(|| error.source()), ..NOTHING };
    /// Boxed errors, whatever they borrow, and reports such as anyhow's.
    ValueByAsError ByAsError (&&&&) for<'e> [AsRef<dyn Error + 'e> + Display]
        |error| ErrorInfo { message: Some(as_display(error)), source: cause(|| error.as_ref().source()), ..NOTHING };
    /// Errors proper that also implement auto traits, which an error around a type parameter of the
    /// caller implements only if the parameter is bounded by them.
    ValueByKnownError ByKnownError (&&&) [Error + Send + Sync + Unpin]
        |error| ErrorInfo { message: Some(error_display(error)), source: cause(|| error.source()), ..NOTHING };
    /// Boxed errors that can be sent.
    ValueByAsSyncError ByAsSyncError (&&) for<'e> [AsRef<dyn Error + Send + Sync + 'e> + Display]
        |error| ErrorInfo { message: Some(as_display(error)), source: cause(|| error.as_ref().source()), ..NOTHING };
    /// Errors that can only be displayed.
    ValueByDisplay ByDisplay (&) [Display]
        |error| ErrorInfo { message: Some(as_display(error)), ..NOTHING };
    /// Errors without any of these traits.
    ValueByNothing ByNothing () [Sized]
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

/// Values that cannot fail.
pub trait NoError {
    /// Does nothing.
    fn __record_error(&self, finish: &mut Finish);
}

impl<T: ?Sized> NoError for Probe<'_, T> {
    #[inline(always)]
    fn __record_error(&self, _: &mut Finish) {}
}
