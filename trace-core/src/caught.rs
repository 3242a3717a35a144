//! Calls into code of users that may panic, and the end of what it panicked with.
//!
//! A payload is the user's as well: its destructor may record, and panic again. So it is dropped where
//! the caller wants it, in a state in which user code may run, and its own panic ends here.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs code of users.
///
/// # Errors
/// When it panics.
pub fn caught<R>(run: impl FnOnce() -> R) -> Result<R, Panicked> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| Panicked(Some(payload)))
}

/// Drops a thing of users, whatever its destructor does.
pub fn discard<T>(thing: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(thing))) {
        // A payload that came of dropping another one may go on like that for ever.
        mem::forget(payload);
    }
}

/// The payload of a panic. Dropping it never panics, but runs code of users.
#[derive(Debug)]
pub struct Panicked(Option<Box<dyn Any + Send>>);

impl Panicked {
    /// The message of the panic.
    pub fn message(&self) -> &str {
        let payload = self.0.as_deref();
        let text = payload.and_then(|payload| match payload.downcast_ref::<&str>() {
            Some(text) => Some(*text),
            None => payload.downcast_ref::<String>().map(String::as_str),
        });
        text.unwrap_or("with a value that is not a string")
    }
}

impl Drop for Panicked {
    fn drop(&mut self) {
        discard(self.0.take());
    }
}
