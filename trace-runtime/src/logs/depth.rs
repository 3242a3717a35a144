//! Cuts values that are nested too deeply for code that encodes, prints, copies or drops them
//! recursively.
//!
//! Such a record is replaced where it is emitted, before any processor or exporter sees
//! it, so that all later code may recurse. Removed values are marked and counted.

use super::limits::{LogLimits, rebuilt};
use super::nested::{is_nested, stand_in, walk};
use opentelemetry::Key;
use opentelemetry::logs::AnyValue;
use opentelemetry_sdk::logs::SdkLogRecord;
use std::mem::{ManuallyDrop, replace};

/// The maximum nesting of lists and maps.
const MAX_DEPTH: usize = LogLimits::MAX_DEPTH as usize;

/// The stack for dropping one level recursively; more than unoptimized code needs.
const STACK_PER_LEVEL: usize = 4 << 10;
/// The stack for a thread itself.
const STACK: usize = 256 << 10;

/// Replaces lists and maps that are nested too deeply with a text, and returns the number of values
/// removed.
// HOT: every record pays for this check of the kinds of its values.
pub(crate) fn bound(record: &mut SdkLogRecord) -> u64 {
    let depth = values(record).filter(|value| is_nested(value)).map(depth_of).max();
    match depth {
        Some(depth) if depth > MAX_DEPTH => replaced(record, depth),
        _ => 0,
    }
}

fn values(record: &SdkLogRecord) -> impl Iterator<Item = &AnyValue> {
    record.body().into_iter().chain(record.attributes_iter().map(|(_, value)| value))
}

#[cold]
fn replaced(record: &mut SdkLogRecord, depth: usize) -> u64 {
    let mut left_out = 0;
    let body = record.body().map(|body| bounded(body, 0, &mut left_out));
    let attributes: Vec<(Key, AnyValue)> = record
        .attributes_iter()
        .map(|(key, value)| (key.clone(), bounded(value, 0, &mut left_out)))
        .collect();
    let bounded = rebuilt(record, body, attributes);
    drop_deep(replace(record, bounded), depth);
    left_out
}

/// Returns a copy within the allowed nesting.
fn bounded(value: &AnyValue, depth: usize, left_out: &mut u64) -> AnyValue {
    match value {
        AnyValue::ListAny(_) | AnyValue::Map(_) if depth == MAX_DEPTH => {
            let (text, count) = stand_in(value);
            *left_out += count;
            text
        }
        AnyValue::ListAny(list) => {
            let inner = list.iter().map(|inner| bounded(inner, depth + 1, left_out));
            AnyValue::ListAny(Box::new(inner.collect()))
        }
        AnyValue::Map(map) => {
            let inner = map.iter();
            let inner =
                inner.map(|(key, inner)| (key.clone(), bounded(inner, depth + 1, left_out)));
            AnyValue::Map(Box::new(inner.collect()))
        }
        value => value.clone(),
    }
}

/// Returns the nesting of lists and maps, the outermost included.
fn depth_of(value: &AnyValue) -> usize {
    let mut deepest = 0;
    walk(value, |depth| deepest = deepest.max(depth));
    deepest
}

/// Drops a record whose values may be too deep for the caller's stack. The SDK cannot take a record
/// apart, so a thread with a large enough stack drops it. If there is no memory for one, the
/// record leaks.
fn drop_deep(record: SdkLogRecord, depth: usize) {
    let record = ManuallyDrop::new(record);
    let stack = depth.saturating_mul(STACK_PER_LEVEL).saturating_add(STACK);
    let thread = std::thread::Builder::new().name("trace-drop".to_owned()).stack_size(stack);
    if let Ok(dropping) = thread.spawn(move || drop(ManuallyDrop::into_inner(record))) {
        // Waiting bounds their number to that of the emitting threads.
        let _ = dropping.join();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing_logs::{log, whole_log};
    use opentelemetry::logs::LogRecord as _;
    use std::collections::HashMap;

    fn lists(depth: usize) -> AnyValue {
        (0..depth).fold(AnyValue::Int(7), |inner, _| AnyValue::ListAny(Box::new(vec![inner])))
    }

    fn maps(depth: usize) -> AnyValue {
        (0..depth).fold(AnyValue::Int(7), |inner, _| {
            AnyValue::Map(Box::new(HashMap::from([(Key::new("k"), inner)])))
        })
    }

    #[test]
    fn what_is_allowed_stays() {
        for mut log in [whole_log(), log(|record| record.set_body(maps(MAX_DEPTH)))] {
            let before = log.record.clone();
            assert_eq!(bound(&mut log.record), 0);
            assert_eq!(log.record, before);
        }
    }

    #[test]
    fn what_is_too_deep_is_marked_and_counted() {
        let mut log = whole_log().record;
        let before = log.clone();
        log.set_body(lists(MAX_DEPTH + 1));
        log.add_attribute("deep", maps(MAX_DEPTH + 9));
        assert_eq!(bound(&mut log), 2 + 10);
        let mut value = log.body().unwrap();
        while let AnyValue::ListAny(list) = value {
            value = &list[0];
        }
        assert_eq!(value, &"… 2 values nested deeper".into());
        assert_eq!(bound(&mut log), 0, "it is within the limit now");
        // The other attributes are unchanged.
        let names = log.attributes_iter().take(before.attributes_iter().count());
        assert!(names.eq(before.attributes_iter()));
        assert_eq!(log.trace_context(), before.trace_context());
        assert_eq!((log.timestamp(), log.event_name()), (before.timestamp(), before.event_name()));
    }
}
