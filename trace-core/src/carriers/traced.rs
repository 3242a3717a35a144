//! Messages that carry the context of their sender.

use crate::context::{Context, SpanContext, ToContext};
use std::time::{Duration, SystemTime};

/// A message with the context and the time in which it was sent.
///
/// For channels and queues within the process; messages through a broker carry their context in
/// headers (`propagation::inject`). The receiver chooses. It can continue the sender's trace:
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
/// or begin a trace and link the senders of all its messages, as batches do:
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
/// To use the sender's baggage as well: `let (job, context) = message.into_parts()`, and then
/// `process(job).with_context(context)` or `context.in_scope(|| process(job))`.
#[derive(Clone, Debug)]
pub struct Traced<T> {
    message: T,
    context: Context,
    sent: SystemTime,
}

impl<T> Traced<T> {
    /// Wraps a message that is sent now, in the current context.
    pub fn new(message: T) -> Self {
        Self::with_context(message, Context::current())
    }

    /// Wraps a message that is sent now, in another context.
    pub fn with_context(message: T, context: Context) -> Self {
        let sent = now(&context);
        Self { message, context, sent }
    }

    /// Returns the context of the sender.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Returns the time at which it was sent.
    pub fn sent_at(&self) -> SystemTime {
        self.sent
    }

    /// Returns the time since it was sent; zero if the clock was set back meanwhile.
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

    /// Returns the message.
    pub fn get_ref(&self) -> &T {
        &self.message
    }

    /// Returns the message for modification.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.message
    }

    /// Returns the message alone.
    pub fn into_inner(self) -> T {
        self.message
    }

    /// Returns the message and the context of its sender.
    pub fn into_parts(self) -> (T, Context) {
        (self.message, self.context)
    }

    /// Returns another message from the same sender, sent at the same time.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Traced<U> {
        Traced { message: change(self.message), context: self.context, sent: self.sent }
    }
}

/// Converts to the sender's span.
impl<T> ToContext for Traced<T> {
    fn to_context(&self) -> Option<SpanContext> {
        self.context.to_context()
    }
}

#[cfg(feature = "enabled")]
fn now(context: &Context) -> SystemTime {
    crate::captures::now(context.span.capture)
}

#[cfg(not(feature = "enabled"))]
fn now(_: &Context) -> SystemTime {
    SystemTime::now()
}
