//! The identity of a span in transit: trace id, span id, flags, state, and whether it came from
//! outside ([SpanContext](https://opentelemetry.io/docs/specs/otel/trace/api/#spancontext)).

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// A trace id: 16 bytes, zero meaning none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(u128);

impl TraceId {
    /// The id that means "no trace".
    pub const INVALID: Self = Self(0);

    /// Creates an id from its big-endian number.
    pub const fn from_u128(id: u128) -> Self {
        Self(id)
    }

    /// Returns the id as a big-endian number.
    pub const fn to_u128(self) -> u128 {
        self.0
    }

    /// Creates an id from its bytes on the wire.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// Returns the bytes on the wire.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

/// A span id: 8 bytes, zero meaning none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(u64);

impl SpanId {
    /// The id that means "no span".
    pub const INVALID: Self = Self(0);

    /// Creates an id from its big-endian number.
    pub const fn from_u64(id: u64) -> Self {
        Self(id)
    }

    /// Returns the id as a big-endian number.
    pub const fn to_u64(self) -> u64 {
        self.0
    }

    /// Creates an id from its bytes on the wire.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }

    /// Returns the bytes on the wire.
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

macro_rules! as_lower_hex {
    ($($ty:ident $width:literal)*) => {$(
        impl fmt::Display for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{:0", $width, "x}"), self.0)
            }
        }

        impl fmt::Debug for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

as_lower_hex!(TraceId 32 SpanId 16 TraceFlags 2);

/// The W3C trace flags ([Level 2](https://www.w3.org/TR/trace-context-2/#trace-flags)), and
/// [`DEBUG`](Self::DEBUG).
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TraceFlags(u8);

impl TraceFlags {
    /// No flag set.
    pub const NONE: Self = Self(0);
    /// The trace is sampled.
    pub const SAMPLED: Self = Self(1);
    /// The right-most 56 bits of the trace id are random.
    pub const RANDOM: Self = Self(2);
    /// The sender requests this trace by B3's or Jaeger's debug flag. It is passed on in B3
    /// headers, and is never part of `traceparent` or of exported data.
    pub const DEBUG: Self = Self(0x80);

    /// Creates flags from the byte on the wire; unknown bits are kept.
    pub const fn new(bits: u8) -> Self {
        Self(bits)
    }

    /// Returns the byte on the wire.
    pub const fn to_u8(self) -> u8 {
        self.0
    }

    /// Returns whether every flag of `other` is set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns these flags with those of `other` set as well.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns these flags without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// The value of a W3C `tracestate` header: vendor data about a trace, passed on unchanged.
///
/// Cheap to clone, and one word large, because every future with a span holds one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TraceState(Arc<Box<str>>);

impl TraceState {
    /// Returns whether both are the same, by address.
    #[cfg(feature = "enabled")]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T: Into<Box<str>>> From<T> for TraceState {
    fn from(header: T) -> Self {
        Self(Arc::new(header.into()))
    }
}

impl Deref for TraceState {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TraceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// The identity of a span outside its own process and thread.
///
/// Cheap to clone; safe to send, store in a message, or pass to another thread, where
/// `#[trace(parent = ctx)]` or [`Span::builder`](crate::Span::builder) continues from it.
#[derive(Clone, Default)]
pub struct SpanContext {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) flags: TraceFlags,
    pub(crate) remote: bool,
    /// The capture that this span belongs to; 0 outside tests. Not part of the identity.
    pub(crate) capture: u32,
    /// Whether it is a span of this process that is recorded although it is not sampled. Not part of
    /// the identity.
    #[cfg(feature = "enabled")]
    pub(crate) record_only: bool,
    /// The level that is on for its request, as a number; 0: that of the process. Not part of the
    /// identity.
    #[cfg(feature = "enabled")]
    pub(crate) level: u8,
    /// The route of its spans to exporters, as a number; 0: that of all others. Not part of the identity.
    #[cfg(feature = "enabled")]
    pub(crate) route: u8,
    /// Whether it is given out by code whose own span was left out, which must not add to it. Not part of the
    /// identity.
    #[cfg(feature = "enabled")]
    pub(crate) muted: bool,
    pub(crate) trace_state: Option<TraceState>,
}

impl SpanContext {
    /// Creates a context of this process.
    pub const fn new(trace_id: TraceId, span_id: SpanId, flags: TraceFlags) -> Self {
        Self {
            trace_id,
            span_id,
            flags,
            remote: false,
            capture: 0,
            #[cfg(feature = "enabled")]
            record_only: false,
            #[cfg(feature = "enabled")]
            level: 0,
            #[cfg(feature = "enabled")]
            route: 0,
            #[cfg(feature = "enabled")]
            muted: false,
            trace_state: None,
        }
    }

    /// Creates a context that came from another process, as read from a request's headers.
    pub const fn remote(trace_id: TraceId, span_id: SpanId, flags: TraceFlags) -> Self {
        let mut context = Self::new(trace_id, span_id, flags);
        context.remote = true;
        context
    }

    /// Sets the W3C `tracestate`, passed on unchanged.
    #[must_use]
    pub fn with_trace_state(mut self, trace_state: impl Into<TraceState>) -> Self {
        self.trace_state = Some(trace_state.into()).filter(|state| !state.is_empty());
        self
    }

    /// Returns the trace id.
    pub const fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// Returns the span id.
    pub const fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// Returns the W3C flags.
    pub const fn trace_flags(&self) -> TraceFlags {
        self.flags
    }

    /// Returns the W3C `tracestate` header's value; empty if there is none.
    pub fn trace_state(&self) -> &str {
        self.trace_state.as_deref().unwrap_or_default()
    }

    /// Returns whether both ids are set.
    pub const fn is_valid(&self) -> bool {
        self.trace_id.0 != 0 && self.span_id.0 != 0
    }

    /// Returns whether the sampled flag is set.
    pub const fn is_sampled(&self) -> bool {
        self.flags.contains(TraceFlags::SAMPLED)
    }

    /// Returns whether it came from another process.
    pub const fn is_remote(&self) -> bool {
        self.remote
    }
}

#[cfg(feature = "enabled")]
impl SpanContext {
    /// Returns whether it is a span of this process that is recorded.
    pub(crate) fn is_recorded_here(&self) -> bool {
        !self.remote && (self.is_sampled() || self.record_only)
    }
}

/// Returns whether it is a span of this process that is recorded, sampled or not.
#[cfg(feature = "enabled")]
pub fn is_recorded_here(context: &SpanContext) -> bool {
    context.is_recorded_here()
}

/// Returns the capture that a span belongs to; 0 outside tests.
#[cfg(feature = "enabled")]
pub fn capture_of(context: &SpanContext) -> u32 {
    context.capture
}

/// Returns the number of the route to exporters that a span of this process has; 0: that of all others.
#[cfg(feature = "enabled")]
pub fn route_of_context(context: &SpanContext) -> u8 {
    context.route
}

/// Returns the context of a span that belongs to a capture.
#[cfg(feature = "enabled")]
pub fn in_capture(mut context: SpanContext, capture: u32) -> SpanContext {
    context.capture = capture;
    context
}

impl SpanContext {
    fn identity(&self) -> (TraceId, SpanId, TraceFlags, bool, &str) {
        (self.trace_id, self.span_id, self.flags, self.remote, self.trace_state())
    }
}

impl PartialEq for SpanContext {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for SpanContext {}

impl Hash for SpanContext {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl fmt::Debug for SpanContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanContext")
            .field("trace_id", &self.trace_id)
            .field("span_id", &self.span_id)
            .field("trace_flags", &self.flags)
            .field("is_remote", &self.remote)
            .field("trace_state", &self.trace_state())
            .finish()
    }
}

/// A type that can serve as a parent or a link: `#[trace(parent = x)]`, `#[trace(links = [x])]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a span context",
    label = "cannot be a parent or a link",
    note = "give a `SpanContext` (from `Span::current().context()`), a `Span`, an OpenTelemetry `SpanContext` or `Context`, or an `Option` of one"
)]
pub trait ToContext {
    /// Returns the context, or `None` if there is none to continue from.
    fn to_context(&self) -> Option<SpanContext>;
}

impl ToContext for SpanContext {
    fn to_context(&self) -> Option<SpanContext> {
        // A test hands over its capture even where there is no span.
        (self.is_valid() || self.capture != 0).then(|| self.clone())
    }
}

impl<T: ToContext + ?Sized> ToContext for &T {
    fn to_context(&self) -> Option<SpanContext> {
        (**self).to_context()
    }
}

impl<T: ToContext> ToContext for Option<T> {
    fn to_context(&self) -> Option<SpanContext> {
        self.as_ref().and_then(ToContext::to_context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_as_the_wire_has_them() {
        let trace = TraceId::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert_eq!(trace.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(TraceId::from_bytes(trace.to_bytes()), trace);
        let span = SpanId::from_u64(0xf0_67aa_0ba9_02b7);
        assert_eq!(span.to_string(), "00f067aa0ba902b7");
        assert_eq!(SpanId::from_bytes(span.to_bytes()), span);
    }

    #[test]
    fn an_invalid_context_is_no_parent() {
        assert_eq!(SpanContext::default().to_context(), None);
        let some =
            SpanContext::remote(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED);
        assert_eq!(Some(&some).to_context(), Some(some.clone()));
        assert!(some.is_sampled() && some.is_remote() && some.is_valid());
    }
}
