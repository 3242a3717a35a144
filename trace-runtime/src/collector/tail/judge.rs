//! Finds what speaks for keeping a trace, in one of its spans.

use super::durations::Durations;
use crate::outcome::Outcome;
use crate::recorder::pages::FinishedSpan;
use crate::sampling::{Glob, TailSampling, any_text};
use crate::value::ToValue as _;
use std::time::Duration;

/// Why a trace is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Panic,
    Error,
    Slow,
    Unusual,
    Attribute,
    Event,
    Probability,
}

impl Reason {
    /// All reasons, in their order.
    pub(super) const ALL: [Self; 7] = [
        Self::Panic,
        Self::Error,
        Self::Slow,
        Self::Unusual,
        Self::Attribute,
        Self::Event,
        Self::Probability,
    ];

    /// Returns the value of `sampling.reason`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::Error => "error",
            Self::Slow => "slow",
            Self::Unusual => "unusual_duration",
            Self::Attribute => "attribute",
            Self::Event => "event",
            Self::Probability => "probability",
        }
    }
}

/// The conditions in force, and what they remember.
pub(super) struct Judge {
    durations: Durations,
}

impl Judge {
    /// Creates a judge that has seen nothing.
    pub(super) fn new() -> Self {
        Self { durations: Durations::default() }
    }

    /// Returns why a trace with this span is to be kept.
    // HOT: runs for each span on the collector's thread; most have nothing to say.
    #[inline]
    pub(super) fn speaks_for(
        &mut self,
        settings: &TailSampling,
        now: Duration,
        span: FinishedSpan<'_>,
    ) -> Option<Reason> {
        if settings.keeps_errors {
            if span.outcome() == Outcome::Panic {
                return Some(Reason::Panic);
            }
            if span.is_error() {
                return Some(Reason::Error);
            }
        }
        if span.is_local_root()
            && let Some(reason) = self.duration_speaks(settings, now, span)
        {
            return Some(reason);
        }
        if has_attribute(&settings.attributes, span) {
            return Some(Reason::Attribute);
        }
        let is_event = |name: &str| settings.events.iter().any(|event| event.matches(name));
        let has_event = !settings.events.is_empty() && span.events().any(|it| is_event(it.name()));
        has_event.then_some(Reason::Event)
    }

    fn duration_speaks(
        &mut self,
        settings: &TailSampling,
        now: Duration,
        span: FinishedSpan<'_>,
    ) -> Option<Reason> {
        let nanos = nanos(span);
        // All durations count, whatever speaks for their trace.
        let is_unusual = settings.keeps_unusual
            && self.durations.is_unusual(
                now,
                std::ptr::from_ref(span.site()).addr(),
                span.name(),
                nanos,
            );
        if is_slow(settings, span) {
            return Some(Reason::Slow);
        }
        is_unusual.then_some(Reason::Unusual)
    }
}

/// Returns whether a local root takes longer than the settings allow.
pub(super) fn is_slow(settings: &TailSampling, span: FinishedSpan<'_>) -> bool {
    // The first that fits decides, so that names with their own limit come before the others.
    let limit = settings.slow.iter().find(|slow| slow.name.matches(span.name()));
    limit.is_some_and(|slow| u128::from(nanos(span)) >= slow.limit.as_nanos())
}

fn nanos(span: FinishedSpan<'_>) -> u64 {
    span.end_unix_nanos().saturating_sub(span.start_unix_nanos())
}

fn has_attribute(wanted: &[(String, Glob)], span: FinishedSpan<'_>) -> bool {
    !wanted.is_empty()
        && span.recorded_attributes().any(|(key, value)| {
            wanted.iter().any(|(of, pattern)| {
                of == key && any_text(value.to_value(), &|text| pattern.matches(text))
            })
        })
}
