//! Asserts on requests that the program sends.

use super::Headers;
use crate::Recorded;
use crate::matcher::Match;
use crate::names::{self, shown};
use crate::report::{Report, hold};
use crate::source::Snapshot;
use crate::w3c::{Baggage, Traceparent, Tracestate};
use trace_runtime::propagation::{SpanId, TraceFlags, TraceId};

/// The context that an outgoing request carries; created by [`Recorded::outgoing`].
///
/// ```
/// # use std::sync::Arc;
/// # use trace_runtime::propagation::{SpanId, TraceFlags, TraceId};
/// # use trace_testkit::{model::SpanData, source::Snapshot, Recorded};
/// # let mut span = SpanData::new("charge");
/// # span.trace_id = TraceId::from_u128(1);
/// # span.span_id = SpanId::from_u64(2);
/// # span.flags = TraceFlags::SAMPLED;
/// # let t = Recorded::new(Arc::new(Snapshot::of_spans([span])));
/// # let request = http::Request::builder()
/// #     .header("traceparent", "00-00000000000000000000000000000001-0000000000000002-01")
/// #     .header("tracestate", "vendor=1")
/// #     .header("baggage", "tenant=acme").body(()).unwrap();
/// t.outgoing(&request)
///     .propagates("charge")
///     .tracestate("vendor", "1")
///     .has_baggage("tenant", "acme");
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is asserted until an assertion is called"]
pub struct Outgoing {
    snapshot: Snapshot,
    traceparent: Vec<String>,
    tracestate: Vec<String>,
    baggage: Vec<String>,
}

impl Recorded {
    /// Reads the headers of a request that the program made.
    pub fn outgoing(&self, headers: &(impl Headers + ?Sized)) -> Outgoing {
        Outgoing {
            snapshot: self.snapshot(),
            traceparent: headers.values("traceparent"),
            tracestate: headers.values("tracestate"),
            baggage: headers.values("baggage"),
        }
    }
}

/// A span that the request may lead back to.
struct OriginSpan<'a> {
    name: &'a str,
    trace_id: TraceId,
    span_id: SpanId,
    /// `None` while it is open.
    flags: Option<TraceFlags>,
    trace_state: &'a str,
}

impl Outgoing {
    /// Asserts that the request continues the span of this name: trace id, span id, sampled flag and
    /// `tracestate` agree. If several spans have that name, one of them must agree; it may be open.
    ///
    /// # Panics
    /// If it does not; the report lists every difference.
    #[track_caller]
    pub fn propagates(&self, span: impl Into<Match>) -> &Self {
        hold(self.try_propagates(span))
    }

    /// Like [`propagates`](Self::propagates), but returns the report.
    ///
    /// # Errors
    /// If it does not.
    pub fn try_propagates(&self, span: impl Into<Match>) -> Result<&Self, Report> {
        let name = span.into();
        let headline = format!("the request does not lead back to {}", name.as_name());
        let report = || self.report(&headline);
        let candidates: Vec<_> =
            self.origins().filter(|origin| name.matches_text(origin.name)).collect();
        if candidates.is_empty() {
            let names = self.origins().map(|origin| origin.name).collect::<Vec<_>>();
            let hint = names::hint("spans", name.literal(), names);
            let report = report().with_mismatch("there is no such span").with_note(hint);
            return Err(report.with_explanations(&self.snapshot));
        }
        let parent = match &self.traceparent[..] {
            [] => {
                return Err(
                    report().with_mismatch("it carries no traceparent: was nothing injected?")
                );
            }
            [one] => Traceparent::parse(one),
            many => Err(format!("it is there {} times", many.len())),
        };
        let parent = parent.map_err(|why| report().with_mismatch(format!("traceparent: {why}")))?;
        let state = Tracestate::parse(self.tracestate.iter().map(String::as_str))
            .map_err(|why| report().with_mismatch(format!("tracestate: {why}")))?;
        // The nearest one is what was meant.
        let mismatches = candidates
            .iter()
            .map(|origin| self.mismatches(origin, &parent, &state))
            .min_by_key(Vec::len)
            .unwrap_or_default();
        if mismatches.is_empty() { Ok(self) } else { Err(report().with_mismatches(mismatches)) }
    }

    /// Asserts that its `tracestate` has this value, or fulfils this condition, for `vendor`.
    ///
    /// # Panics
    /// When it does not, or is not a `tracestate`.
    #[track_caller]
    pub fn tracestate(&self, vendor: &str, value: impl Into<Match>) -> &Self {
        hold(self.try_tracestate(vendor, value))
    }

    /// Like [`tracestate`](Self::tracestate), but returns the report.
    ///
    /// # Errors
    /// If the `tracestate` has another value for `vendor`.
    pub fn try_tracestate(&self, vendor: &str, value: impl Into<Match>) -> Result<&Self, Report> {
        let headline = format!("the tracestate of the request is not as expected for `{vendor}`");
        let state = Tracestate::parse(self.tracestate.iter().map(String::as_str))
            .map_err(|why| self.report(&headline).with_mismatch(why))?;
        let keys = state.members.iter().map(|(key, _)| &**key);
        self.entry(&headline, vendor, state.get(vendor), keys, &value.into())
    }

    /// Asserts that it carries this entry of baggage: a value, or a condition.
    ///
    /// # Panics
    /// When it does not, or what it carries is not baggage.
    #[track_caller]
    pub fn has_baggage(&self, key: &str, value: impl Into<Match>) -> &Self {
        hold(self.try_has_baggage(key, value))
    }

    /// Like [`has_baggage`](Self::has_baggage), but returns the report.
    ///
    /// # Errors
    /// When it does not carry that entry.
    pub fn try_has_baggage(&self, key: &str, value: impl Into<Match>) -> Result<&Self, Report> {
        let headline = format!("the baggage of the request is not as expected for `{key}`");
        let baggage = self.read_baggage(&headline)?;
        let keys = baggage.members.iter().map(|member| &*member.key);
        self.entry(&headline, key, baggage.get(key), keys, &value.into())
    }

    /// Asserts that it carries no such entry of baggage.
    ///
    /// # Panics
    /// When it does, or what it carries is not baggage.
    #[track_caller]
    pub fn has_no_baggage(&self, key: &str) -> &Self {
        hold(self.try_has_no_baggage(key))
    }

    /// Like [`has_no_baggage`](Self::has_no_baggage), but returns the report.
    ///
    /// # Errors
    /// When it carries that entry.
    pub fn try_has_no_baggage(&self, key: &str) -> Result<&Self, Report> {
        let headline = format!("the baggage of the request is not as expected for `{key}`");
        match self.read_baggage(&headline)?.get(key) {
            None => Ok(self),
            Some(value) => {
                Err(self.report(&headline).with_mismatch(format!("expected none, is {value:?}")))
            }
        }
    }

    /// Asserts that it carries nothing: no `traceparent`, no `tracestate`, no `baggage`.
    ///
    /// # Panics
    /// When it does.
    #[track_caller]
    pub fn carries_nothing(&self) -> &Self {
        hold(self.try_carries_nothing())
    }

    /// Like [`carries_nothing`](Self::carries_nothing), but returns the report.
    ///
    /// # Errors
    /// When it carries something.
    pub fn try_carries_nothing(&self) -> Result<&Self, Report> {
        let carried = self.carried();
        if carried.is_empty() {
            return Ok(self);
        }
        let names = carried.iter().map(|(name, _)| format!("{name}: expected none"));
        Err(self.report("the request carries a context").with_mismatches(names))
    }

    fn entry<'a>(
        &self,
        headline: &str,
        key: &str,
        actual: Option<&str>,
        keys: impl Iterator<Item = &'a str> + Clone,
        expected: &Match,
    ) -> Result<&Self, Report> {
        let mismatch = match actual {
            Some(actual) => match expected.mismatch(&actual.into()) {
                None => return Ok(self),
                Some(mismatch) => mismatch,
            },
            None => {
                let hint = names::hint("keys", Some(key), keys);
                format!("expected {expected}, is missing; {hint}")
            }
        };
        Err(self.report(headline).with_mismatch(mismatch))
    }

    fn read_baggage(&self, headline: &str) -> Result<Baggage, Report> {
        Baggage::parse(self.baggage.iter().map(String::as_str))
            .map_err(|why| self.report(headline).with_mismatch(why))
    }

    fn origins(&self) -> impl Iterator<Item = OriginSpan<'_>> {
        let ended = self.snapshot.spans.iter().map(|span| OriginSpan {
            name: &span.name,
            trace_id: span.trace_id,
            span_id: span.span_id,
            flags: Some(span.flags),
            trace_state: &span.trace_state,
        });
        let open = self.snapshot.open.iter().map(|span| OriginSpan {
            name: &span.name,
            trace_id: span.trace_id,
            span_id: span.span_id,
            flags: None,
            trace_state: "",
        });
        ended.chain(open)
    }

    fn mismatches(
        &self,
        origin: &OriginSpan<'_>,
        parent: &Traceparent,
        state: &Tracestate,
    ) -> Vec<String> {
        let mut mismatches = Vec::new();
        let mismatch = |what: &str, expected: &str, actual: String| {
            format!("{what}: expected {expected}, is {actual}")
        };
        if parent.trace_id != origin.trace_id {
            let actual = parent.trace_id.to_string();
            mismatches.push(mismatch("trace id", &origin.trace_id.to_string(), actual));
        }
        if parent.span_id != origin.span_id {
            let is_it = |other: &OriginSpan<'_>| {
                (other.trace_id, other.span_id) == (parent.trace_id, parent.span_id)
            };
            let whose = self.origins().find(is_it);
            let whose =
                whose.map(|other| format!(", that of `{}`", shown(other.name))).unwrap_or_default();
            let actual = format!("{}{whose}", parent.span_id);
            mismatches.push(mismatch("span id", &origin.span_id.to_string(), actual));
        }
        let sampled = |flags: TraceFlags| flags.contains(TraceFlags::SAMPLED);
        // What is recorded and open was sampled.
        let expected = origin.flags.is_none_or(sampled);
        if sampled(parent.flags) != expected {
            let word = |sampled| if sampled { "set" } else { "not set" };
            let actual = word(sampled(parent.flags)).to_owned();
            mismatches.push(mismatch("sampled flag", word(expected), actual));
        }
        let expected = Tracestate::parse([origin.trace_state]).unwrap_or_default();
        for (key, value) in &expected.members {
            match state.get(key) {
                Some(actual) if actual == value => {}
                Some(actual) => mismatches.push(mismatch(
                    &format!("tracestate `{key}`"),
                    &format!("{value:?}"),
                    format!("{actual:?}"),
                )),
                None => mismatches.push(mismatch(
                    &format!("tracestate `{key}`"),
                    &format!("{value:?}"),
                    "missing".to_owned(),
                )),
            }
        }
        mismatches
    }

    fn carried(&self) -> Vec<(&'static str, &str)> {
        let mut carried = Vec::new();
        for (name, values) in [
            ("traceparent", &self.traceparent),
            ("tracestate", &self.tracestate),
            ("baggage", &self.baggage),
        ] {
            carried.extend(values.iter().map(|value| (name, value.as_str())));
        }
        carried
    }

    fn report(&self, headline: &str) -> Report {
        let carried = self.carried();
        let lines: Vec<_> =
            carried.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let drawing = match lines.is_empty() {
            true => "no traceparent, no tracestate, no baggage".to_owned(),
            false => lines.join("\n"),
        };
        Report::new(headline).with_drawing(drawing)
    }
}
