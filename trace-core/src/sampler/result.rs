//! The answer of a sampler: a decision, and what it adds to the span.

use crate::context::TraceState;
use crate::level::Level;
use crate::value::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// A sampler's decision about one span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The span is neither recorded nor exported; its children see an unsampled parent.
    Drop,
    /// The span is recorded, but neither exported nor marked sampled for services that continue the
    /// trace. Exporters do not receive it, and reports count it as `sampled_out`.
    RecordOnly,
    /// The span is recorded, exported, and marked sampled for services that continue the trace.
    RecordAndSample,
}

/// A sampler's answer
/// ([SamplingResult](https://opentelemetry.io/docs/specs/otel/trace/sdk/#shouldsample)).
///
/// ```
/// use trace_runtime::sampling::{Decision, SamplingAttribute, SamplingResult};
///
/// let result = SamplingResult::from(Decision::RecordAndSample)
///     .with_attributes([SamplingAttribute::new("sampling.rule", "checkout")]);
/// assert_eq!(result.decision(), Decision::RecordAndSample);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct SamplingResult {
    pub(crate) decision: Decision,
    pub(crate) attributes: SamplingAttributes,
    pub(crate) trace_state: Option<TraceState>,
    pub(crate) level: Option<Level>,
    /// The route of the spans of a local root.
    pub(crate) route: u8,
    /// It is not recorded even where everything is, for tail sampling.
    pub(crate) is_final: bool,
    /// What it encloses attaches to the span above.
    pub(crate) is_left_out: bool,
    /// The version of the configuration that the sampler in force belongs to; 0 if it is unknown.
    pub(crate) version: u8,
}

impl SamplingResult {
    /// Leaves a span out whose parent is recorded in this process: there is no such span, and what it encloses
    /// attaches to the parent. `Span::current()` in it adds nothing to the parent. Other spans are dropped.
    pub fn left_out() -> Self {
        Self { is_final: true, is_left_out: true, ..Decision::Drop.into() }
    }

    /// Adds attributes to the span, if it is recorded.
    pub fn with_attributes(mut self, attributes: impl Into<SamplingAttributes>) -> Self {
        self.attributes = attributes.into();
        self
    }

    /// Replaces the `tracestate` that the span inherits; empty text removes it.
    pub fn with_trace_state(mut self, trace_state: impl Into<TraceState>) -> Self {
        self.trace_state = Some(trace_state.into());
        self
    }

    /// Turns a level on for the trace in this process: its functions up to this level have spans, whatever
    /// the level of the process and of their modules. Only the answer for a local root counts.
    pub fn with_level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Replaces the decision.
    pub fn with_decision(mut self, decision: Decision) -> Self {
        self.decision = decision;
        self
    }

    /// Returns the decision.
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// Returns whether the span is left out, so that what it encloses attaches to the span above.
    pub fn is_left_out(&self) -> bool {
        self.is_left_out
    }

    /// Returns the attributes that are added to the span.
    pub fn attributes(&self) -> &[SamplingAttribute] {
        self.attributes.as_slice()
    }

    /// Returns the level that is turned on for the trace.
    pub fn level(&self) -> Option<Level> {
        self.level
    }

    /// Returns the `tracestate` of the span; `None`: it inherits that of its parent.
    pub fn trace_state(&self) -> Option<&str> {
        self.trace_state.as_deref()
    }
}

/// Returns the answer that nothing of a trace is recorded, even where tail sampling records what samplers
/// drop.
pub fn unrecorded() -> SamplingResult {
    SamplingResult { is_final: true, ..Decision::Drop.into() }
}

/// Returns an answer with the route to exporters of the trace's spans in this process. Only the answer for a
/// local root counts.
pub fn with_route(answer: SamplingResult, route: u8) -> SamplingResult {
    SamplingResult { route, ..answer }
}

impl From<Decision> for SamplingResult {
    fn from(decision: Decision) -> Self {
        Self {
            decision,
            attributes: SamplingAttributes::NONE,
            trace_state: None,
            level: None,
            route: 0,
            is_final: false,
            is_left_out: false,
            version: 0,
        }
    }
}

/// Attributes that a sampler adds to spans. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SamplingAttributes(Option<Arc<[SamplingAttribute]>>);

impl SamplingAttributes {
    /// No attributes.
    pub const NONE: Self = Self(None);

    /// Returns the attributes.
    pub fn as_slice(&self) -> &[SamplingAttribute] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<T: IntoIterator<Item = SamplingAttribute>> From<T> for SamplingAttributes {
    fn from(attributes: T) -> Self {
        attributes.into_iter().collect()
    }
}

impl FromIterator<SamplingAttribute> for SamplingAttributes {
    fn from_iter<T: IntoIterator<Item = SamplingAttribute>>(attributes: T) -> Self {
        let attributes: Arc<[_]> = attributes.into_iter().collect();
        Self((!attributes.is_empty()).then_some(attributes))
    }
}

/// An attribute that a sampler adds to a span.
#[derive(Clone, Debug, PartialEq)]
pub struct SamplingAttribute {
    key: Cow<'static, str>,
    value: SamplingValue,
}

impl SamplingAttribute {
    /// Creates an attribute.
    pub fn new(key: impl Into<Cow<'static, str>>, value: impl Into<SamplingValue>) -> Self {
        Self { key: key.into(), value: value.into() }
    }

    /// Returns its key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns its value.
    pub fn value(&self) -> Value<'_> {
        match &self.value {
            SamplingValue::Bool(value) => Value::Bool(*value),
            SamplingValue::I64(value) => Value::I64(*value),
            SamplingValue::F64(value) => Value::F64(*value),
            SamplingValue::Text(Cow::Borrowed(text)) => Value::Static(text),
            SamplingValue::Text(Cow::Owned(text)) => Value::Str(text),
        }
    }
}

/// The value of a [`SamplingAttribute`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SamplingValue {
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    I64(i64),
    /// A float.
    F64(f64),
    /// A string.
    Text(Cow<'static, str>),
}

macro_rules! values {
    ($($ty:ty: $variant:ident;)*) => {$(
        impl From<$ty> for SamplingValue {
            fn from(value: $ty) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

values! {
    bool: Bool;
    i32: I64;
    i64: I64;
    u32: I64;
    f64: F64;
    &'static str: Text;
    String: Text;
    Cow<'static, str>: Text;
}
