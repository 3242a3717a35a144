//! Messages that carry the context of their sender.

use crate::context::{Context, SpanContext, ToContext};
use std::time::{Duration, SystemTime};

/// A message with the context in which it was sent, and when.
///
/// For channels and queues within the process; what goes through a broker has its context in
/// headers (`propagation::inject`). The receiver chooses: to continue the sender's trace, as
/// here,
///
/// ```
/// use std::sync::mpsc;
/// use trace_runtime::{propagation::Traced, trace};
///
/// #[trace(kind = Producer)]
/// fn submit(queue: &mpsc::Sender<Traced<u64>>, job: u64) {
///     let _ = queue.send(Traced::new(job));
/// }
///
/// #[trace(parent = &job, kind = Consumer)]
/// fn process(job: Traced<u64>) -> u64 {
///     job.into_inner()
/// }
///
/// let (sender, jobs) = mpsc::channel();
/// submit(&sender, 7);
/// assert_eq!(process(jobs.recv()?), 7);
/// # Ok::<(), mpsc::RecvError>(())
/// ```
///
/// or to begin a trace and link all of whom it got messages from, as batches do:
///
/// ```
/// use trace_runtime::{propagation::Traced, trace};
///
/// #[trace(root, links = batch, kind = Consumer)]
/// fn process(batch: &[Traced<u64>]) -> u64 {
///     batch.iter().map(|job| *job.get_ref()).sum()
/// }
///
/// assert_eq!(process(&[Traced::new(1), Traced::new(2)]), 3);
/// ```
///
/// With the baggage of the sender as well: `let (job, context) = message.into_parts()`, and then
/// `process(job).with_context(context)` or `context.in_scope(|| process(job))`.
#[derive(Clone, Debug)]
pub struct Traced<T> {
    message: T,
    context: Context,
    sent: SystemTime,
}

impl<T> Traced<T> {
    /// The message, sent now by whoever is current.
    pub fn new(message: T) -> Self {
        Self::with_context(message, Context::current())
    }

    /// The message, sent now by somebody else.
    pub fn with_context(message: T, context: Context) -> Self {
        let sent = now(&context);
        Self { message, context, sent }
    }

    /// The context of the sender.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// When it was sent.
    pub fn sent_at(&self) -> SystemTime {
        self.sent
    }

    /// How long it is under way; zero if the clock was set back meanwhile.
    ///
    /// ```
    /// use trace_runtime::{propagation::Traced, Span};
    ///
    /// let message = Traced::new("hello");
    /// Span::current().set_attribute("queue.ms", message.age().as_millis() as u64);
    /// ```
    pub fn age(&self) -> Duration {
        now(&self.context).duration_since(self.sent).unwrap_or_default()
    }

    /// The message.
    pub fn get_ref(&self) -> &T {
        &self.message
    }

    /// The message, to be changed.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.message
    }

    /// The message alone.
    pub fn into_inner(self) -> T {
        self.message
    }

    /// The message and the context of its sender.
    pub fn into_parts(self) -> (T, Context) {
        (self.message, self.context)
    }

    /// Another message from the same sender, sent at the same time.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Traced<U> {
        Traced { message: change(self.message), context: self.context, sent: self.sent }
    }
}

/// The sender's span.
impl<T> ToContext for Traced<T> {
    fn to_context(&self) -> Option<SpanContext> {
        self.context.to_context()
    }
}

#[cfg(feature = "enabled")]
fn now(context: &Context) -> SystemTime {
    crate::scope::now(context.span.capture)
}

#[cfg(not(feature = "enabled"))]
fn now(_: &Context) -> SystemTime {
    SystemTime::now()
}
