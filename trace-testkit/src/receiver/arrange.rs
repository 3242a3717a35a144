//! Orders received spans by time, because OTLP does not carry their order.

use crate::model::SpanData;
use std::collections::HashMap;
use trace_runtime::propagation::{SpanId, TraceId};

/// Numbers the spans by their starts, and marks siblings that ran at the same time.
pub(super) fn arrange(spans: &mut [SpanData]) {
    // A parent that started in the same nanosecond ended last, unless all is one nanosecond.
    spans.sort_by_key(|span| (span.start_unix_nanos, std::cmp::Reverse(span.end_unix_nanos)));
    let mut last: HashMap<(TraceId, SpanId), usize> = HashMap::new();
    for at in 0..spans.len() {
        spans[at].order = at as u64;
        let family = match spans[at].parent_span_id {
            // Roots are siblings of each other.
            SpanId::INVALID => (TraceId::INVALID, SpanId::INVALID),
            parent => (spans[at].trace_id, parent),
        };
        let before = *last.entry(family).or_insert(at);
        if before != at && spans[at].start_unix_nanos < spans[before].end_unix_nanos {
            spans[before].parallel = true;
            spans[at].parallel = true;
        }
        if spans[at].end_unix_nanos >= spans[before].end_unix_nanos {
            last.insert(family, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(name: &str, (start, end): (u64, u64), parent: u64) -> SpanData {
        let mut span = SpanData::new(name);
        span.trace_id = TraceId::from_u128(1);
        span.parent_span_id = SpanId::from_u64(parent);
        (span.start_unix_nanos, span.end_unix_nanos) = (start, end);
        span
    }

    #[test]
    fn siblings_that_overlap_ran_beside_each_other() {
        let mut spans = [
            span("third", (50, 60), 1),
            span("short", (22, 25), 1),
            span("first", (10, 20), 1),
            span("long", (20, 40), 1),
            span("last", (30, 45), 1),
            span("child", (21, 39), 2),
            span("root", (10, 100), 0),
        ];
        arrange(&mut spans);
        let names: Vec<_> = spans.iter().map(|span| (&*span.name, span.parallel)).collect();
        assert_eq!(
            names,
            [
                ("root", false),
                ("first", false),
                ("long", true),
                ("child", false),
                ("short", true),
                ("last", true),
                ("third", false),
            ]
        );
        assert!(spans.iter().enumerate().all(|(at, span)| span.order == at as u64));
    }
}
