//! Opens and holds the spans of code that runs synchronously.

use super::beforehand;
pub use super::enter::StartArgs;
use super::enter::{
    AHEAD, Parts, describe, enter_ahead, enter_long, enter_numbers_slowly, enter_slowly,
    enter_text_slowly,
};
use super::fast::{self, Shape};
use super::finish::{Finish, leave, leave_unreported};
use super::packed::{Packed, PackedRef};
use super::thread::local;
use crate::context::SpanContext;
use crate::site::Site;
use crate::state;
use crate::value::Value;
use std::marker::PhantomData;

/// The state between entering a call and leaving it: what is needed at its end, and what becomes
/// current again after it.
///
/// The latter is the serial to restore, or the key of a frame: a number, so that leaving is one
/// compare and one call. Not `Send`: a current span belongs to its thread.
struct Entered {
    finish: Finish,
    restore: u64,
    _thread: PhantomData<*const ()>,
}

impl Entered {
    const NOTHING: Self = Self { finish: Finish::OFF, restore: 0, _thread: PhantomData };

    /// Returns whether describing the span is worthwhile: it is recorded, or will be.
    #[inline(always)]
    fn is_described(&self) -> bool {
        if self.finish.to_bits() == 0 { self.restore == AHEAD.1 } else { self.finish.recording() }
    }

    /// Creates the state of a call entered by the fast path.
    #[inline(always)]
    fn of((finish, restore): (u64, u64)) -> Self {
        Self { finish: Finish::from_bits(finish), restore, _thread: PhantomData }
    }
}

/// A guard that, when dropped, ends the span of a block, or of a call that may return anywhere, and
/// restores what was current before.
#[must_use = "the span ends when the guard is dropped: bind it to a variable, `let _span = …`"]
pub struct Guard(Entered);

impl Guard {
    /// Returns a guard that does nothing.
    #[inline(always)]
    pub const fn off() -> Self {
        Self(Entered::NOTHING)
    }
}

impl Drop for Guard {
    #[inline(always)]
    fn drop(&mut self) {
        if self.0.finish.to_bits() != 0 {
            // HOT: by value, so that the guard of a call that is never marked failed needs no
            // memory.
            leave::<true>(self.0.finish.to_bits(), self.0.restore);
        }
    }
}

/// A call that reports its return: dropped without that, it panicked.
// HOT: so neither entering nor leaving has to ask whether the thread is panicking.
#[must_use]
pub struct Call(Entered);

impl Call {
    /// Returns a call that is not recorded.
    #[inline(always)]
    pub const fn off() -> Self {
        Self(Entered::NOTHING)
    }

    /// Returns the state that is needed at the end.
    #[inline(always)]
    pub fn finish(&mut self) -> &mut Finish {
        &mut self.0.finish
    }

    /// Reports that the call returns.
    #[inline]
    pub fn leave(self) {
        let (finish, restore) = self.into_bits();
        if finish != 0 {
            leave::<false>(finish, restore);
        }
    }

    /// Reports that the call returns. If it has failed, `fail` records the error and leaves it.
    // HOT: one test for a call that is not recorded, and everything in registers.
    #[inline]
    pub(crate) fn leave_with<E: ?Sized>(self, error: Option<&E>, fail: impl FnOnce(u64, u64, &E)) {
        let (finish, restore) = self.into_bits();
        if finish != 0 {
            match error {
                None => leave::<false>(finish, restore),
                Some(error) => fail(finish, restore, error),
            }
        }
    }

    /// Returns its state, with which the caller leaves the call.
    #[inline]
    fn into_bits(self) -> (u64, u64) {
        let bits = (self.0.finish.to_bits(), self.0.restore);
        std::mem::forget(self);
        bits
    }

    /// Continues with the state of a call.
    #[inline]
    pub(crate) fn from_bits(finish: u64, restore: u64) -> Self {
        Self(Entered::of((finish, restore)))
    }
}

impl Drop for Call {
    #[inline]
    fn drop(&mut self) {
        // No test before the call, because each function has its own copy of this code.
        leave_unreported(self.0.finish.to_bits(), self.0.restore);
    }
}

/// Implements opening a [`Guard`] or a [`Call`]. Not generic, so that this crate compiles it once.
macro_rules! opened {
    ($ty:ident, guarded: $guarded:literal) => {
        impl $ty {
            /// Returns the remaining work, which is now the caller's.
            #[inline(always)]
            pub(super) fn into_parts(mut self) -> (Finish, u64) {
                let Entered { ref mut finish, restore, .. } = self.0;
                let finish = std::mem::replace(finish, Finish::OFF);
                std::mem::forget(self);
                (finish, restore)
            }

            /// Opens the span of a call without arguments; `state` is the one that the call found.
            #[inline(always)]
            pub(crate) fn open(site: &'static Site, state: u32) -> Self {
                Self(Entered::of(Self::enter_0(site, state)))
            }

            /// Opens the span of a call with its arguments.
            pub(crate) fn open_with(site: &'static Site, args: StartArgs<'_>) -> Self {
                Self(Entered::of(enter_long(site, args)))
            }

            /// Opens the span of a call with values in the order of the site's keys.
            ///
            /// The kinds of the values are known at the call site, so only one of these calls
            /// remains there.
            #[inline(always)]
            pub(crate) fn open_values<const N: usize>(
                site: &'static Site,
                values: [Value<'_>; N],
                state: u32,
            ) -> Self {
                let (tags, packed) = Packed::new(values);
                // Not a loop: loops are unrolled too late to be folded away.
                let head = |index| if index < N { packed.slot(index).head() } else { 0 };
                let (a, b, c, d) = (head(0), head(1), head(2), head(3));
                // SAFETY: `N` values were packed, and where the shape is `Text`, the value at its
                // index borrows a string.
                let parts = unsafe {
                    let text = |index| packed.slot(index).address();
                    match (N, fast::shape(tags, N)) {
                        (0, _) => Self::enter_0(site, state),
                        (1, Shape::Numbers) => Self::enter_1(site, tags, a),
                        (2, Shape::Numbers) => Self::enter_2(site, tags, a, b),
                        (3, Shape::Numbers) => Self::enter_3(site, tags, a, b, c),
                        (4, Shape::Numbers) => Self::enter_4(site, tags, a, b, c, d),
                        (1, Shape::Text(_)) => Self::enter_1_text_0(site, tags, a, text(0)),
                        (2, Shape::Text(0)) => Self::enter_2_text_0(site, tags, a, b, text(0)),
                        (2, Shape::Text(_)) => Self::enter_2_text_1(site, tags, a, b, text(1)),
                        (3, Shape::Text(0)) => Self::enter_3_text_0(site, tags, a, b, c, text(0)),
                        (3, Shape::Text(1)) => Self::enter_3_text_1(site, tags, a, b, c, text(1)),
                        (3, Shape::Text(_)) => Self::enter_3_text_2(site, tags, a, b, c, text(2)),
                        _ => Self::enter_packed(site, state, packed.with_tags(tags), N),
                    }
                };
                Self(Entered::of(parts))
            }

            /// Opens the span of a call whose values are yet to be evaluated. A span that is
            /// certain to be recorded is not opened yet: it starts together with its values.
            #[inline(always)]
            pub fn ahead(site: &'static Site, parent: Option<&SpanContext>) -> Self {
                Self(Entered::of(enter_ahead(site, parent)))
            }

            /// Returns whether its values need to be evaluated.
            #[inline(always)]
            pub fn is_described(&self) -> bool {
                self.0.is_described()
            }

            /// Adds values in the order of the site's keys.
            #[inline(always)]
            pub fn with_values<const N: usize>(
                self,
                site: &'static Site,
                state: u32,
                values: [Value<'_>; N],
            ) -> Self {
                if self.0.finish.to_bits() == 0 {
                    return Self::open_values(site, values, state);
                }
                describe(&self.0.finish, StartArgs { values: &values, ..StartArgs::new() });
                self
            }

            /// Adds the other arguments of the span.
            pub fn with(self, site: &'static Site, args: StartArgs<'_>) -> Self {
                if self.0.finish.to_bits() == 0 {
                    return Self::open_with(site, args);
                }
                describe(&self.0.finish, args);
                self
            }

            #[inline(never)]
            fn enter_0(site: &'static Site, state: u32) -> Parts {
                match fast::enter_numbers::<$guarded, 0>(site, state, 0, []) {
                    Some(parts) => parts,
                    // SAFETY: there are no values.
                    None => unsafe { enter_slowly::<$guarded>(site, state, PackedRef::NONE, 0) },
                }
            }

            /// Enters with values of any kind.
            ///
            /// # Safety
            /// There are `count` values.
            #[inline(never)]
            unsafe fn enter_packed(
                site: &'static Site,
                state: u32,
                values: PackedRef<'_>,
                count: usize,
            ) -> Parts {
                // SAFETY: as the caller promises.
                unsafe {
                    match fast::enter_packed::<$guarded>(site, state, values, count) {
                        Some(parts) => parts,
                        None => enter_slowly::<$guarded>(site, state, values, count),
                    }
                }
            }
        }

        enter_numbers! { $ty $guarded:
            enter_1(a | 0, 0, 0)
            enter_2(a, b | 0, 0)
            enter_3(a, b, c | 0)
            enter_4(a, b, c, d |)
        }

        enter_text! { $ty $guarded:
            enter_1_text_0 0 (a | 0, 0)
            enter_2_text_0 0 (a, b | 0)
            enter_2_text_1 1 (a, b | 0)
            enter_3_text_0 0 (a, b, c |)
            enter_3_text_1 1 (a, b, c |)
            enter_3_text_2 2 (a, b, c |)
        }
    };
}

// HOT: the words of a call are in registers, common cases are straight-line code, and everything
// else is a tail call, so that no stack is needed.
macro_rules! enter_numbers {
    ($ty:ident $guarded:literal: $($name:ident($($head:ident),* | $($none:literal),*))*) => {
        impl $ty {$(
            #[inline(never)]
            fn $name(site: &'static Site, tags: u64, $($head: u64),*) -> Parts {
                const N: usize = [$(stringify!($head)),*].len();
                match fast::enter_numbers::<$guarded, N>(site, state::load(), tags, [$($head),*]) {
                    Some(parts) => parts,
                    // SAFETY: there are `N` heads.
                    None => unsafe {
                        enter_numbers_slowly::<$guarded, N>(site, tags, $($head,)* $($none),*)
                    },
                }
            }
        )*}
    };
}

macro_rules! enter_text {
    (
        $ty:ident $guarded:literal:
        $($name:ident $at:literal ($($head:ident),* | $($none:literal),*))*
    ) => {
        impl $ty {$(
            /// # Safety
            /// The value at that index is a string at the address `text`, and no other value
            /// borrows anything.
            #[inline(never)]
            unsafe fn $name(site: &'static Site, tags: u64, $($head: u64,)* text: u64) -> Parts {
                const N: usize = [$(stringify!($head)),*].len();
                let (state, heads) = (state::load(), [$($head),*]);
                // SAFETY: as the caller promises.
                unsafe {
                    match fast::enter_text::<$guarded, N, $at>(site, state, tags, heads, text) {
                        Some(parts) => parts,
                        None => {
                            let slowly = enter_text_slowly::<$guarded, N, $at>;
                            slowly(site, tags, $($head,)* $($none,)* text)
                        }
                    }
                }
            }
        )*}
    };
}

opened!(Guard, guarded: true);
opened!(Call, guarded: false);

/// Returns whether a call to `site` is likely to be recorded.
#[inline(never)]
pub(crate) fn recording(site: &'static Site, parent: Option<&SpanContext>) -> bool {
    // SAFETY: the calling thread's own state.
    unsafe { beforehand::would_record(local(), site, parent) }
}
