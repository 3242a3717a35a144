//! Hands over the spans of traces that are kept.

use super::Tail;
use super::judge::Reason;
use super::tenants::TenantNumber;
use super::traces::Trace;
use super::verdicts::{Cause, Verdict};
use crate::context::TraceFlags;
use crate::recorder::pages::{Changes, FinishedSpan, FinishedSpans};
use crate::sampling::{OtState, Threshold};
use crate::value::Value;

/// What matters of a kept trace to its spans.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    pub(super) reason: Reason,
    pub(super) tenant: TenantNumber,
    begins_here: bool,
    version: u8,
}

impl Kept {
    pub(super) fn of(trace: &Trace, reason: Reason) -> Self {
        Self {
            reason,
            tenant: trace.tenant,
            begins_here: trace.begins_here,
            version: trace.version,
        }
    }
}

impl Tail {
    /// Moves the spans of kept traces to a page, as many as it has room for. Returns whether these were
    /// all.
    pub(in super::super) fn move_kept(&mut self, output: &mut FinishedSpans) -> bool {
        while let Some(&slot) = self.kept.front() {
            let trace = self.traces.get(slot);
            if let Verdict::Kept(reason) = trace.verdict
                && let Some(span) = self.log.first(&trace.list)
            {
                if output.is_full() {
                    return false;
                }
                let left_out = self.hand_over(span, Kept::of(trace, reason), output);
                self.dropped.count(Cause::SampledOut, left_out);
            }
            if !self.remove_first(slot) {
                self.kept.pop_front();
                self.traces.forget(slot);
            }
        }
        true
    }

    /// Appends a span of a kept trace to the output: a local root with the reason, and each with what is
    /// known of the probability. Returns 1 if the span is left out, because it was not sampled and nothing
    /// speaks for its trace.
    pub(super) fn hand_over(
        &self,
        span: FinishedSpan<'_>,
        kept: Kept,
        output: &mut FinishedSpans,
    ) -> u64 {
        let reason = kept.reason;
        if reason == Reason::Probability && !span.trace_flags().contains(TraceFlags::SAMPLED) {
            return 1;
        }
        let pairs = [("sampling.reason", Value::Static(reason.as_str()))];
        let pairs = if span.is_local_root() { &pairs[..] } else { &[] };
        let state = OtState::read(span.trace_state());
        let state = state.with_threshold(self.combined(kept, state));
        let trace_state = state.as_deref();
        output
            .push_changed(span, &Changes { attributes: pairs, trace_state, ..Changes::default() });
        0
    }

    /// Returns the threshold by which a span was kept, if it was kept by probability alone.
    fn combined(&self, kept: Kept, state: OtState<'_>) -> Option<Threshold> {
        let Kept { reason, tenant, begins_here, version } = kept;
        let of = self.versions.of(version);
        let own = match self.versions.is_earlier(version) {
            false => self.allowance.probability(tenant, reason)?,
            true if reason != Reason::Probability => return None,
            true if of.is_limited(&self.allowance.tenants, tenant) => return None,
            true => of.threshold(&self.allowance.tenants, tenant)?,
        };
        let is_certain = of.head_keeps_all && begins_here;
        let head = state.threshold.or(is_certain.then_some(Threshold::ALWAYS))?;
        Some(own.max(head))
    }
}
