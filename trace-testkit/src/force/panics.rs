//! Runs code that is expected to panic.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Once;
use std::task::Poll;

thread_local! {
    static IS_SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Runs `body`, which must panic, and catches the panic. It is not printed; panics of other threads
/// are.
///
/// ```
/// use trace_runtime::{trace, span::Outcome};
/// use trace_testkit::force::panic_in;
///
/// #[trace]
/// fn charge(amount: u64) {
///     assert!(amount > 0, "nothing to charge");
/// }
///
/// let t = trace_testkit::capture();
/// assert_eq!(panic_in(|| charge(0)).message(), "nothing to charge");
/// t.span("charge").one().outcome(Outcome::Panic);
/// ```
///
/// # Panics
/// If `body` does not panic.
#[track_caller]
pub fn panic_in<R>(body: impl FnOnce() -> R) -> Panicked {
    match silently(body) {
        Err(panicked) => panicked,
        Ok(_) => panic!("this was expected to panic, but returned"),
    }
}

/// Awaits a future that must panic, on any runtime, and catches the panic.
///
/// ```
/// # use trace_testkit::force::{panic_in_future, pending_times};
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let panicked = panic_in_future(async {
///     pending_times(1).await;
///     panic!("no stock");
/// });
/// assert_eq!(panicked.await.message(), "no stock");
/// # });
/// ```
///
/// # Panics
/// If `future` does not panic.
pub async fn panic_in_future<F: Future>(future: F) -> Panicked {
    let mut future = pin!(future);
    std::future::poll_fn(|context| match silently(|| future.as_mut().poll(context)) {
        Err(panicked) => Poll::Ready(panicked),
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(_)) => panic!("this was expected to panic, but returned"),
    })
    .await
}

/// A caught panic.
pub struct Panicked {
    payload: Box<dyn Any + Send>,
}

impl Panicked {
    /// Returns the message; empty if the payload is not a string.
    #[must_use]
    pub fn message(&self) -> &str {
        let text = self.payload.downcast_ref::<&str>().copied();
        text.or_else(|| self.payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or_default()
    }

    /// Returns the payload of the panic.
    #[must_use]
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        self.payload
    }
}

impl fmt::Debug for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panicked").field("message", &self.message()).finish_non_exhaustive()
    }
}

/// Runs `body`, and prints nothing if it panics.
pub(super) fn silently<R>(body: impl FnOnce() -> R) -> Result<R, Panicked> {
    install();
    let was_silent = IS_SILENT.replace(true);
    // Inspecting what the body left half done is up to the test.
    let result = catch_unwind(AssertUnwindSafe(body));
    IS_SILENT.set(was_silent);
    result.map_err(|payload| Panicked { payload })
}

/// Wraps the panic hook, once in the process.
fn install() {
    static INSTALLED: Once = Once::new();
    // Hooks cannot be changed by a thread that is unwinding; then the panic is printed.
    if std::thread::panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let printing = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !IS_SILENT.try_with(Cell::get).unwrap_or(false) {
                printing(panic);
            }
        }));
    });
}
