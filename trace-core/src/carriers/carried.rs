//! Futures, streams, sinks and closures that carry a context, without a new span.

use crate::captures::HANDED;
use crate::context::{Baggage, Current};
use crate::recorder::attached::{Attached, Polled, attach_current};
use crate::recorder::share::current_for_others;
use crate::recorder::task;
use futures_core::Stream;
use futures_core::future::FusedFuture;
use futures_core::stream::FusedStream;
use futures_sink::Sink;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// A future, stream or sink in whose polls and destructor a context is current; created by
    /// [`Instrument::in_current_span`](crate::Instrument::in_current_span) and
    /// [`Instrument::with_context`](crate::Instrument::with_context).
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct WithContext<F> {
        // An `Option` so that it can be dropped while the context is current.
        #[pin]
        inner: Option<F>,
        carried: Option<Carried>,
    }

    impl<F> PinnedDrop for WithContext<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _current = attach(this.carried);
            this.inner.set(None);
        }
    }
}

impl<F> WithContext<F> {
    /// Carries the context that is current now.
    pub(crate) fn current(inner: F) -> Self {
        Self::within(inner, handed_over())
    }

    /// Carries a given context.
    pub(crate) fn new(inner: F, context: crate::Context) -> Self {
        let context = task::arriving(&context.span, context.baggage);
        Self::within(inner, Some(beside_others(context)))
    }

    fn within(inner: F, context: Option<Current>) -> Self {
        Self { inner: Some(inner), carried: context.map(Carried::Context) }
    }

    /// Carries baggage, in whichever context is current when it runs.
    pub(crate) fn in_baggage(inner: F, baggage: Option<Baggage>) -> Self {
        Self { inner: Some(inner), carried: baggage.map(Carried::Baggage) }
    }
}

/// Makes a future, stream or sink carry this context.
pub fn carry<F>(inner: F, context: Current) -> WithContext<F> {
    WithContext::within(inner, Some(context))
}

/// The part of a context that is made current.
enum Carried {
    /// The whole context.
    Context(Current),
    /// Baggage only; the rest stays as it is.
    Baggage(Baggage),
}

impl Carried {
    fn context(&self) -> Current {
        match self {
            Self::Context(context) => context.clone(),
            Self::Baggage(baggage) => Current { baggage: baggage.clone(), ..task::current() },
        }
    }
}

/// Marks a context under which spans run alongside others.
fn beside_others(mut context: Current) -> Current {
    if context.capture != 0 {
        context.capture |= HANDED;
    }
    context
}

/// Returns the current context for another task or thread; `None` if there is nothing to hand over.
fn handed_over() -> Option<Current> {
    let context = beside_others(current_for_others());
    context.is_worth_keeping().then_some(context)
}

/// Carries the caller's span and baggage: they are current wherever and whenever the closure runs.
/// For closures that other code runs.
///
/// ```
/// use trace_runtime::{in_current_span, trace};
///
/// #[trace]
/// fn checkout() {
///     // A child of `checkout`; so with `tokio::task::spawn_blocking`, `rayon::spawn`, and the
///     // threads of a scope.
///     let mail = std::thread::spawn(in_current_span(|| send_email("hello")));
///     let _ = mail.join();
/// }
///
/// #[trace]
/// fn send_email(text: &str) {}
/// # checkout();
/// ```
///
/// For a closure with arguments, use [`in_current_span!`](macro@crate::in_current_span). For one
/// that is called more than once, such as those of rayon's iterators, use the context itself:
/// [`Context::in_scope`](crate::Context::in_scope).
pub fn in_current_span<R>(body: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let carried = CarriedClosure::current();
    move || {
        let _current = carried.attach();
        body()
    }
}

/// The context that a closure carries to where it runs.
pub struct CarriedClosure(Option<Current>);

impl CarriedClosure {
    /// Returns the context that is current now.
    pub fn current() -> Self {
        Self(handed_over())
    }

    /// Makes it current until the guard is dropped.
    pub fn attach(self) -> Option<Attached> {
        self.0.map(attach_current)
    }
}

fn attach(carried: &Option<Carried>) -> Option<Polled> {
    carried.as_ref().map(|carried| Polled::attach(carried.context()))
}

impl<F: Future> Future for WithContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _current = attach(this.carried);
        this.inner.as_pin_mut().expect("the inner future lives until the drop").poll(cx)
    }
}

impl<S: Stream> Stream for WithContext<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let _current = attach(this.carried);
        this.inner.as_pin_mut().expect("the inner stream lives until the drop").poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<S: Sink<I>, I> Sink<I> for WithContext<S> {
    type Error = S::Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        let this = self.project();
        let _current = attach(this.carried);
        this.inner.as_pin_mut().expect("the inner sink lives until the drop").poll_ready(cx)
    }

    fn start_send(self: Pin<&mut Self>, item: I) -> Result<(), S::Error> {
        let this = self.project();
        let _current = attach(this.carried);
        this.inner.as_pin_mut().expect("the inner sink lives until the drop").start_send(item)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        let this = self.project();
        let _current = attach(this.carried);
        this.inner.as_pin_mut().expect("the inner sink lives until the drop").poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        let this = self.project();
        let _current = attach(this.carried);
        this.inner.as_pin_mut().expect("the inner sink lives until the drop").poll_close(cx)
    }
}

impl<F: FusedFuture> FusedFuture for WithContext<F> {
    fn is_terminated(&self) -> bool {
        self.inner.as_ref().is_none_or(FusedFuture::is_terminated)
    }
}

impl<S: FusedStream> FusedStream for WithContext<S> {
    fn is_terminated(&self) -> bool {
        self.inner.as_ref().is_none_or(FusedStream::is_terminated)
    }
}

/// Prints like the inner future.
impl<F: fmt::Debug> fmt::Debug for WithContext<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner {
            Some(inner) => inner.fmt(f),
            None => f.write_str("WithContext"),
        }
    }
}
