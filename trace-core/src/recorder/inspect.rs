//! Inspects the value that a future has produced, before its span ends.

use super::finish::Finish;
use super::task_scope::{Returned, TaskScope};

/// Inspects the value that a future has produced.
pub trait Inspect<T> {
    /// Records what the value means for the span.
    fn inspect<'a>(&self, value: &T, scope: TaskScope<'a>) -> Returned<'a>;
}

/// An inspector that does nothing.
#[derive(Clone, Copy, Debug)]
pub struct Ignore;

impl<T> Inspect<T> for Ignore {
    #[inline(always)]
    fn inspect<'a>(&self, _: &T, scope: TaskScope<'a>) -> Returned<'a> {
        scope.returned()
    }
}

/// An inspector that calls a closure, which may panic.
#[derive(Clone, Copy, Debug)]
pub struct Check<P>(pub(crate) P);

impl<T, P: Fn(&T, &mut Finish)> Inspect<T> for Check<P> {
    #[inline(always)]
    fn inspect<'a>(&self, value: &T, mut scope: TaskScope<'a>) -> Returned<'a> {
        (self.0)(value, scope.finish_of_value());
        scope.returned()
    }
}
