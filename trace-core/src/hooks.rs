//! Hooks of the record path into the contexts of other code.
//!
//! The record path depends neither on OpenTelemetry's API nor on whatever reads the rings. The
//! runtime installs these functions; until then, no other code has made anything current.

use crate::context::{Baggage, Current, SpanContext};
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// The functions that the runtime installs.
#[derive(Clone, Copy, Debug)]
pub struct Hooks {
    /// Returns the span that other code made current, unless it is ours already.
    pub parent: fn() -> Option<SpanContext>,
    /// Returns the baggage that other code made current.
    pub baggage: fn() -> Baggage,
    /// Makes a span current for other code, too. Returns a number to detach it by, on this thread;
    /// `None` where attaching is impossible now.
    pub attach: fn(&Current) -> Option<NonZeroU32>,
    /// Detaches what was attached under this number on this thread.
    pub detach: fn(NonZeroU32),
    /// Adds attributes to a local root, given its serial and its baggage.
    pub describe_root: fn(u64, &Baggage),
}

/// An attachment that keeps a span current for other code until it is dropped, on its thread.
/// Small, because each frame has room for one.
pub(crate) struct Attachment {
    number: NonZeroU32,
    _of_thread: PhantomData<*const ()>,
}

impl Drop for Attachment {
    fn drop(&mut self) {
        if let Some(hooks) = HOOKS.get() {
            (hooks.detach)(self.number);
        }
    }
}

static HOOKS: OnceLock<Hooks> = OnceLock::new();
/// Whether local roots are described; one relaxed load for programs that do not ask for it.
static DESCRIBES_ROOTS: AtomicBool = AtomicBool::new(false);

/// Installs the hooks. The first in a process stay.
pub fn install(hooks: Hooks) {
    let _ = HOOKS.set(hooks);
}

/// Sets whether local roots are described.
pub fn describe_roots(describes: bool) {
    DESCRIBES_ROOTS.store(describes, Ordering::Relaxed);
}

/// Returns the span that other code made current, unless it is ours already.
pub(crate) fn attached_parent() -> Option<SpanContext> {
    (HOOKS.get()?.parent)()
}

/// Returns the baggage that other code made current.
pub fn attached_baggage() -> Baggage {
    HOOKS.get().map_or(Baggage::new(), |hooks| (hooks.baggage)())
}

/// Makes a span current for other code, too; `None` where that is impossible now.
pub(crate) fn attach(span: &Current) -> Option<Attachment> {
    let number = (HOOKS.get()?.attach)(span)?;
    Some(Attachment { number, _of_thread: PhantomData })
}

/// Returns whether local roots are described.
#[inline]
pub(crate) fn describes_roots() -> bool {
    DESCRIBES_ROOTS.load(Ordering::Relaxed)
}

/// Adds attributes to a local root, given its serial and its baggage.
#[cold]
pub(crate) fn describe_root(serial: u64, baggage: &Baggage) {
    if let Some(hooks) = HOOKS.get() {
        (hooks.describe_root)(serial, baggage);
    }
}
