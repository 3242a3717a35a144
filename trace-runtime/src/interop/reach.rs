//! Tracks whether OpenTelemetry's context of a thread can be read, or changed.
//!
//! OpenTelemetry keeps it in a thread-local, which panics when it is used after its destructor has
//! run, and when it is changed while the program reads it (`get_active_span`). This module detects both
//! beforehand. Thread-locals are destroyed in the reverse order of their first use, so one that is
//! first used right after OpenTelemetry's is destroyed right before it.

use super::context;
use crate::caught::discard;
use crate::recorder::borrows::word_before;
use opentelemetry::{Context, ContextGuard};
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::num::NonZeroU32;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Clone, Copy, PartialEq, Eq)]
enum OtelState {
    /// As far as is known, the thread has not used it.
    Unused,
    Alive,
    Gone,
}

/// Its destructor runs right before that of OpenTelemetry's state.
struct Sentinel;

impl Drop for Sentinel {
    fn drop(&mut self) {
        STATE.set(OtelState::Gone);
        context::forget();
        let kept = KEPT.with_borrow_mut(|kept| std::mem::take(&mut **kept));
        kept.into_iter().for_each(std::mem::forget);
    }
}

thread_local! {
    // Without a destructor, so that it can be read at any time.
    static STATE: Cell<OtelState> = const { Cell::new(OtelState::Unused) };
    static SENTINEL: Sentinel = const { Sentinel };
    /// The guards of the contexts that [`keep`] has numbered. Without a destructor, so that they exist
    /// until the thread has ended: the sentinel releases the memory.
    static KEPT: RefCell<ManuallyDrop<Vec<Option<ContextGuard>>>> =
        const { RefCell::new(ManuallyDrop::new(Vec::new())) };
    /// Guards whose contexts could not be detached yet.
    static DETACHING: RefCell<Vec<ContextGuard>> = const { RefCell::new(Vec::new()) };
}

/// Whether each context that is attached is observed.
static IS_OBSERVED: AtomicBool = AtomicBool::new(false);

/// Notes that each attached context is observed from now on. Those of this thread may have been
/// attached before.
pub(super) fn is_observed() {
    use_it();
    IS_OBSERVED.store(true, Ordering::Relaxed);
}

/// Notes that the thread's state is in use. Returns `false` if it will soon be gone.
pub(super) fn is_used() -> bool {
    if STATE.get() == OtelState::Unused {
        let is_alive = SENTINEL.try_with(|_| ()).is_ok();
        STATE.set(if is_alive { OtelState::Alive } else { OtelState::Gone });
    }
    STATE.get() == OtelState::Alive
}

/// Sets the thread's state up. One case stays undetected: a thread that used it before it was observed,
/// is ending, and does not come here before the state is gone.
#[cold]
fn use_it() {
    if STATE.get() == OtelState::Unused {
        Context::map_current(|_| ());
        is_used();
    }
}

/// Calls `look` with the attached context. Returns `None` if there is none, or if it is gone because the
/// thread is ending.
pub(crate) fn look<R>(look: impl FnOnce(&Context) -> R) -> Option<R> {
    if STATE.get() == OtelState::Unused && !IS_OBSERVED.load(Ordering::Relaxed) {
        use_it();
    }
    (STATE.get() == OtelState::Alive).then(|| Context::map_current(look))
}

/// Returns whether the thread's state exists, for code that uses it without a check.
#[cfg(feature = "logs")]
pub(crate) fn is_there() -> bool {
    use_it();
    STATE.get() == OtelState::Alive
}

/// Makes the SDK ignore what this thread does, until the guard is dropped; `None` if that
/// is not possible now.
#[cfg(feature = "logs")]
pub(crate) fn suppress_sdk() -> Option<ContextGuard> {
    is_open().then(Context::enter_telemetry_suppressed_scope)
}

/// Returns whether a context can be attached.
pub(super) fn is_open() -> bool {
    use_it();
    let is_open = STATE.get() == OtelState::Alive && !is_borrowed();
    if is_open {
        detach_late();
    }
    is_open
}

/// Keeps a context attached until [`detach`] is called with the number returned.
pub(super) fn keep(guard: ContextGuard) -> NonZeroU32 {
    KEPT.with_borrow_mut(|kept| {
        kept.push(Some(guard));
        NonZeroU32::new(kept.len() as u32).expect("something was pushed")
    })
}

/// Detaches a context, now or as soon as possible.
pub(super) fn detach(number: NonZeroU32) {
    let guard = KEPT.with_borrow_mut(|kept| {
        let guard = kept.get_mut(number.get() as usize - 1).and_then(Option::take);
        // Most are detached in reverse order, so the list stays as short as the number attached.
        while kept.pop_if(|kept| kept.is_none()).is_some() {}
        guard
    });
    let Some(guard) = guard else { return };
    match STATE.get() {
        OtelState::Alive if !is_borrowed() => {
            // Values in the context may be dropped with it, which runs user code.
            discard(guard);
            detach_late();
        }
        OtelState::Alive => {
            let mut guard = Some(guard);
            let _ = DETACHING.try_with(|late| late.borrow_mut().extend(guard.take()));
            // It ends with the thread.
            std::mem::forget(guard);
        }
        _ => std::mem::forget(guard),
    }
}

fn detach_late() {
    let late = DETACHING.try_with(RefCell::take).unwrap_or_default();
    // The last one first, which is cheaper.
    late.into_iter().rev().for_each(discard);
}

/// Returns whether a caller up the stack is reading the context, which then cannot be changed.
///
/// OpenTelemetry has no API for this, so the borrow count in front of the context is read. Its offset
/// is found by comparing the memory while the context is borrowed once more, and twice.
fn is_borrowed() -> bool {
    static WORDS: OnceLock<Option<usize>> = OnceLock::new();
    Context::map_current(|context| {
        let borrows = |words: usize| word_before(ptr::from_ref(context), words);
        let counts = |words: &usize| {
            let once = borrows(*words);
            let more = |more| borrows(*words) == once.wrapping_add(more);
            let twice = || Context::map_current(|_| more(2));
            Context::map_current(|_| more(1) && twice()) && more(0)
        };
        // Before it are the count alone, or the count and a `Vec`.
        let words = WORDS.get_or_init(|| [1, 4].into_iter().find(counts));
        words.is_some_and(|words| borrows(words) != 1)
    })
}
