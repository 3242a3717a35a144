//! Walks through lists and maps within values, without recursion: their depth may have no bound.

use opentelemetry::logs::AnyValue;

/// Returns whether a value contains others.
pub(super) fn is_nested(value: &AnyValue) -> bool {
    matches!(value, AnyValue::ListAny(_) | AnyValue::Map(_))
}

/// Returns the text that takes the place of a value that is nested too deeply, and the number of values in it.
pub(super) fn stand_in(value: &AnyValue) -> (AnyValue, u64) {
    let count = count(value);
    (AnyValue::from(format!("… {count} values nested deeper")), count)
}

/// Returns the number of values, the outermost included.
fn count(value: &AnyValue) -> u64 {
    let mut count = 0;
    walk(value, |_| count += 1);
    count
}

/// Calls `visit` with the nesting of each value.
pub(super) fn walk(value: &AnyValue, mut visit: impl FnMut(usize)) {
    let mut next = vec![(value, 0)];
    while let Some((value, around)) = next.pop() {
        let depth = around + usize::from(is_nested(value));
        visit(depth);
        match value {
            AnyValue::ListAny(list) => next.extend(list.iter().map(|inner| (inner, depth))),
            AnyValue::Map(map) => next.extend(map.values().map(|inner| (inner, depth))),
            _ => {}
        }
    }
}
