//! Calls user code that may panic, and handles the panic's payload.
//!
//! A payload is user code as well: its destructor may record, and panic again. So it is dropped
//! where the caller chooses, in a state in which user code may run, and its own panic is caught
//! here.

use std::any::Any;
use std::fmt::{self, Write as _};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs user code.
///
/// # Errors
/// If it panics.
pub fn caught<R>(run: impl FnOnce() -> R) -> Result<R, Panicked> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| Panicked(Some(payload)))
}

/// Appends text that user code formats. Where that fails or panics, a note follows what it wrote before.
pub fn format_into(out: &mut String, text: fmt::Arguments<'_>) {
    match caught(|| out.write_fmt(text)) {
        Ok(Ok(())) => {}
        Ok(Err(_)) => out.push_str("<formatting failed>"),
        Err(_) => out.push_str("<formatting panicked>"),
    }
}

/// Drops a user's value, whatever its destructor does.
pub fn discard<T>(thing: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(thing))) {
        // The payload of a panic while dropping another payload may panic in turn, endlessly.
        mem::forget(payload);
    }
}

/// The payload of a panic. Dropping it never panics, but runs user code.
#[derive(Debug)]
pub struct Panicked(Option<Box<dyn Any + Send>>);

impl Panicked {
    /// Returns the message of the panic.
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
