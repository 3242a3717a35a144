//! Formats the headline of a report on a wrong count.

/// Formats ``expected one span `charge`, there is none``: a count, a noun, and what narrows it down.
pub(super) fn headline(expected: &str, noun: &str, which: &str, found: usize) -> String {
    let is_one = expected == "one";
    let plural = if is_one { "" } else { "s" };
    let there = match (found, is_one) {
        (0, true) => "there is none".to_owned(),
        (0, false) => "there are none".to_owned(),
        (1, _) => "there is one".to_owned(),
        (count, _) => format!("there are {count}"),
    };
    format!("expected {expected} {noun}{plural}{which}, {there}")
}
