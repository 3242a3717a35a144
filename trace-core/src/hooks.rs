//! Holds the hooks of the record path: what it needs to know of other code's contexts.
//!
//! The record path knows neither OpenTelemetry's API nor who reads the rings. The runtime installs these
//! functions; until then, no other code has made anything current.

use crate::context::{Baggage, Current, SpanContext};
use std::any::Any;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// The functions that the runtime installs.
#[derive(Clone, Copy, Debug)]
pub struct Hooks {
    /// Returns the span that other code made current, unless it is ours already.
    pub parent: fn() -> Option<SpanContext>,
    /// Returns the baggage that other code made current.
    pub baggage: fn() -> Baggage,
    /// Makes a span current for other code, too; `None` where that is impossible now.
    pub attach: fn(&Current) -> Option<Attachment>,
    /// Adds attributes to a local root, given its serial and its baggage.
    pub describe_root: fn(u64, &Baggage),
}

/// Keeps a span current for other code until it is dropped, on its thread.
pub struct Attachment {
    /// A thin pointer: frames are small.
    _guard: Box<Box<dyn Any>>,
}

impl Attachment {
    /// An attachment that lasts as long as `guard`.
    pub fn new(guard: impl Any) -> Self {
        Self { _guard: Box::new(Box::new(guard)) }
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
    (HOOKS.get()?.attach)(span)
}

/// Whether local roots are described.
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
