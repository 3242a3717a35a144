//! The functions, with whichever attribute is named `trace`: each compiles without a warning, under
//! clippy's defaults, too, and behaves as without the attribute.

mod corners;
mod drops;
mod expected;
mod futures;
mod hygiene;
mod kinds;
mod linted;
mod partial_errors;
mod returns;
mod signatures;

/// The attribute itself, or others in its place.
pub(crate) use super::{MOST_GROWTH, span, trace};

/// Polls a future that can always make progress.
pub(crate) fn block_on<F: std::future::Future>(future: F) -> F::Output {
    let mut future = Box::pin(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// A future that is pending once.
pub(crate) fn pause() -> impl std::future::Future<Output = ()> {
    let mut paused = false;
    std::future::poll_fn(move |context| {
        if paused {
            return std::task::Poll::Ready(());
        }
        paused = true;
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
}
