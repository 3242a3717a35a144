//! Adds the context of the emitting code to a record: the ids of the current span, and the baggage that
//! the program has allowed.

use crate::context::{Current, SpanContext, TraceFlags, bits};
use crate::hooks::attached_baggage;
use crate::interop::look;
use crate::recorder::task;
use crate::sampling::RouteNumber;
use arc_swap::ArcSwapOption;
use opentelemetry::logs::LogRecord as _;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Key, SpanId, TraceId};
use opentelemetry_sdk::logs::{SdkLogRecord, TraceContext};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The keys that the program has allowed. Only those, because baggage comes from outside.
static ALLOWED: ArcSwapOption<Vec<Key>> = ArcSwapOption::const_empty();

/// Whether there are any.
static ADDS_BAGGAGE: AtomicBool = AtomicBool::new(false);

/// Allows the baggage of only these keys.
pub(crate) fn allow_baggage(keys: Vec<String>) {
    let keys: Vec<Key> = keys.into_iter().map(Key::from).collect();
    ADDS_BAGGAGE.store(!keys.is_empty(), Ordering::Relaxed);
    ALLOWED.store((!keys.is_empty()).then(|| Arc::new(keys)));
}

/// Returns whether records get baggage.
pub(super) fn adds_baggage() -> bool {
    ADDS_BAGGAGE.load(Ordering::Relaxed)
}

/// Returns whether recording is suppressed on the calling thread.
pub(super) fn is_suppressed(current: &Current) -> bool {
    current.bits & bits::SUPPRESSED != 0
}

/// The facts of the current context that an event needs.
pub(super) struct Here {
    pub(super) is_suppressed: bool,
    /// The current span, if there is one.
    pub(super) span: Option<Ids>,
    pub(super) route: RouteNumber,
}

impl Here {
    #[inline]
    pub(super) fn now() -> Self {
        task::look_at_current(|current| Self {
            is_suppressed: is_suppressed(current),
            span: (current.trace_id != 0).then(|| Ids::of_current(current)),
            route: current.route,
        })
    }
}

/// Adds the current context to a record.
pub(super) fn complete(record: &mut SdkLogRecord, current: &Current) {
    stamp_with(record, current);
    if let Some(allowed) = &*ALLOWED.load() {
        add_baggage(record, current, allowed);
    }
}

/// Adds the ids of the current span to a record, unless it has others already.
pub(crate) fn stamp(record: &mut SdkLogRecord) {
    stamp_with(record, &task::current());
}

fn stamp_with(record: &mut SdkLogRecord, current: &Current) {
    if current.trace_id != 0 && !says_other(record) {
        set(record, &current.context());
    }
}

/// Returns whether a record belongs to a span that is known not to be sampled.
pub(super) fn is_unsampled(record: &SdkLogRecord) -> bool {
    record.trace_context().is_some_and(|said| {
        let (trace_id, span_id) = (said.trace_id, said.span_id);
        said.trace_flags.is_some_and(|flags| Ids { trace_id, span_id, flags }.are_unsampled())
    })
}

/// Returns whether the source of the record has set a span itself.
///
/// If the source set none, the SDK gives a record the span of the attached
/// `opentelemetry::Context`, if there is one. That span is never further in than the runtime's current one:
/// attaching makes it current, and one of the runtime's spans within hides it, in the same trace or not.
fn says_other(record: &SdkLogRecord) -> bool {
    record.trace_context().is_some_and(|said| {
        let is_attached = look(|context| {
            context.has_active_span() && *said == TraceContext::from(context.span().span_context())
        });
        is_attached != Some(true)
    })
}

/// Sets the span that a record belongs to.
pub(crate) fn set(record: &mut SdkLogRecord, context: &SpanContext) {
    let Ids { trace_id, span_id, flags } = Ids::of(context);
    record.set_trace_context(trace_id, span_id, Some(flags));
}

/// The identity of a span, as log records have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    pub(super) flags: opentelemetry::TraceFlags,
}

impl Ids {
    pub(super) fn of(context: &SpanContext) -> Self {
        let (trace_id, span_id) = (context.trace_id().to_bytes(), context.span_id().to_bytes());
        Self::new(trace_id, span_id, context.trace_flags())
    }

    fn of_current(current: &Current) -> Self {
        let (trace_id, span_id) = (current.trace_id.to_be_bytes(), current.span_id().to_bytes());
        Self::new(trace_id, span_id, TraceFlags::new(current.flags))
    }

    fn new(trace_id: [u8; 16], span_id: [u8; 8], flags: TraceFlags) -> Self {
        Self {
            trace_id: TraceId::from_bytes(trace_id),
            span_id: SpanId::from_bytes(span_id),
            flags: opentelemetry::TraceFlags::new(flags.without(TraceFlags::DEBUG).to_u8()),
        }
    }

    /// Returns whether they are those of a span that is not sampled.
    pub(super) fn are_unsampled(&self) -> bool {
        let is_span = self.trace_id != TraceId::INVALID && self.span_id != SpanId::INVALID;
        is_span && !self.flags.is_sampled()
    }
}

#[cold]
fn add_baggage(record: &mut SdkLogRecord, current: &Current, allowed: &[Key]) {
    let attached;
    let baggage = if current.baggage.is_empty() {
        attached = attached_baggage();
        &attached
    } else {
        &current.baggage
    };
    for key in allowed {
        if let Some(value) = baggage.get(key.as_str()) {
            record.add_attribute(key.clone(), value.to_owned());
        }
    }
}
