//! The properties of a span that a sampler sees.

use crate::context::{Baggage, SpanContext, TraceId};
use crate::hooks;
use crate::kind::SpanKind;
use crate::request;
use crate::site::{Site, SiteInfo};
use crate::value::Value;
use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The data with which a span begins.
#[derive(Clone, Copy, Default)]
pub struct Initial<'a> {
    /// Its own name.
    pub name: Option<&'a str>,
    /// Values in the order of the site's keys.
    pub values: &'a [Value<'a>],
    /// Attributes with their keys.
    pub pairs: &'a [(Cow<'a, str>, Value<'a>)],
}

/// The properties of a span that is about to start.
#[derive(Clone, Copy)]
pub struct SamplingInput<'a> {
    pub(crate) parent: Option<&'a SpanContext>,
    pub(crate) trace_id: TraceId,
    pub(crate) initial: Initial<'a>,
    pub(crate) kind: SpanKind,
    /// Its text is parsed only for samplers that request it.
    pub(crate) site: &'static Site,
    pub(crate) baggage: &'a Baggage,
    /// The time by the clock of a capture, in nanoseconds.
    pub(crate) virtual_nanos: Option<u64>,
    /// The number of spans that have begun on this thread since it last asked about a local root.
    pub(crate) spans_before: u64,
}

impl<'a> SamplingInput<'a> {
    /// Returns the parent, in this process or another; `None` for a root.
    pub fn parent(&self) -> Option<&'a SpanContext> {
        self.parent
    }

    /// Returns the id of the trace.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// Returns the name of the span; for a name with placeholders, the name of its function.
    pub fn name(&self) -> &'a str {
        self.initial.name.unwrap_or_else(|| self.site.info().name)
    }

    /// Returns whether the span has its own name, which is not that of its site.
    pub fn has_own_name(&self) -> bool {
        self.initial.name.is_some()
    }

    /// Returns the kind of the span.
    pub fn kind(&self) -> SpanKind {
        self.kind
    }

    /// Returns the site that starts the span.
    pub fn site(&self) -> &'static SiteInfo {
        self.site.info()
    }

    /// Returns the attributes with which the span begins.
    ///
    /// A function's attributes are among them only if the sampler [needs](super::SamplerNeeds) them
    /// at its site: otherwise they are evaluated once the span is recorded. An async function evaluates them in
    /// its first poll.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, Value<'a>)> + use<'a> {
        let keys = if self.initial.values.is_empty() { &[][..] } else { &self.site.info().keys };
        let values = self.initial.values.iter().copied();
        let of_site = keys.iter().map(|key| *key as &'a str).zip(values);
        of_site.chain(other_attributes(self)).filter(|(_, value)| !matches!(value, Value::Absent))
    }

    /// Returns the baggage that is current where the span starts, wherever it came from.
    pub fn baggage(&self) -> Baggage {
        match self.baggage.is_empty() {
            true => hooks::attached_baggage(),
            false => self.baggage.clone(),
        }
    }

    /// Returns the part of that baggage by which decisions may be made: entries of this process, and those
    /// that came from other services if their keys are
    /// [trusted](crate::TelemetryBuilder::with_trusted_baggage).
    pub fn trusted_baggage(&self) -> Baggage {
        request::trusted(self.baggage())
    }

    /// Returns the time since an arbitrary moment, by a clock that does not go back: that of the
    /// process, or of a test that has its own.
    pub fn time(&self) -> Duration {
        static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
        match self.virtual_nanos {
            Some(nanos) => Duration::from_nanos(nanos),
            None => ORIGIN.elapsed(),
        }
    }
}

/// Returns the value for one of the keys of the site.
#[inline]
pub fn value_of<'a>(input: &SamplingInput<'a>, key: usize) -> Option<Value<'a>> {
    let value = *input.initial.values.get(key)?;
    (!matches!(value, Value::Absent)).then_some(value)
}

/// Returns the attributes whose keys are not those of the site.
#[inline]
pub fn other_attributes<'a>(
    input: &SamplingInput<'a>,
) -> impl DoubleEndedIterator<Item = (&'a str, Value<'a>)> + use<'a> {
    input.initial.pairs.iter().map(|(key, value)| (&**key, *value))
}

/// Returns the address of the site that starts the span, which is cheaper than its text.
pub fn address_of_site(input: &SamplingInput<'_>) -> usize {
    std::ptr::from_ref(input.site).addr()
}

/// Returns the number of spans that have begun on this thread since it last asked about a local root.
pub fn spans_before(input: &SamplingInput<'_>) -> u64 {
    input.spans_before
}

/// Returns the input for a span of this site without its own name; for tests of samplers.
pub fn input<'a>(
    site: &'static Site,
    trace_id: TraceId,
    parent: Option<&'a SpanContext>,
) -> SamplingInput<'a> {
    static EMPTY: Baggage = Baggage::new();
    let (initial, kind) = (Initial::default(), site.span_kind());
    SamplingInput {
        parent,
        trace_id,
        initial,
        kind,
        site,
        baggage: &EMPTY,
        virtual_nanos: None,
        spans_before: 0,
    }
}

impl fmt::Debug for SamplingInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SamplingInput")
            .field("parent", &self.parent)
            .field("trace_id", &self.trace_id)
            .field("name", &self.name())
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sampler_sees_the_site_without_a_name_of_its_own() {
        static SITE: Site = Site::new("checkout\0shop\0src/shop.rs\x001.0.0\0", 1);
        let input = input(&SITE, TraceId::from_u128(1), None);
        assert_eq!((input.name(), input.site().scope), ("checkout", "shop"));
        assert!(!input.has_own_name());
    }

    #[test]
    fn attributes_are_those_of_the_site_and_others() {
        static SITE: Site = Site::new("checkout\0shop\0src/shop.rs\x001.0.0\0\0\0a\0b", 1);
        let values = [Value::I64(1), Value::Absent];
        let pairs = [("c".into(), Value::Static("x"))];
        let initial = Initial { name: None, values: &values, pairs: &pairs };
        let input = SamplingInput { initial, ..input(&SITE, TraceId::from_u128(1), None) };
        let keys: Vec<_> = input.attributes().map(|(key, _)| key).collect();
        assert_eq!(keys, ["a", "c"]);
    }
}
