//! Reads and writes the member `ot` of `tracestate`
//! ([TraceState handling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/)).

use super::threshold::{Randomness, Threshold};
use crate::context::TraceState;
use std::cell::RefCell;

/// The limits of W3C for the header, and that of OpenTelemetry for its member.
const MOST_MEMBERS: usize = 32;
const MOST_CHARACTERS: usize = 512;
const MOST_OF_OT: usize = 256;
/// Members longer than this are the first to go where there is no room.
const LONG: usize = 128;

/// The facts of a `tracestate` that matter to sampling, and the header from which they were read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OtState<'a> {
    header: &'a str,
    /// The value of the member `ot`; empty without one.
    ot: &'a str,
    pub(crate) threshold: Option<Threshold>,
    pub(crate) randomness: Option<Randomness>,
}

impl<'a> OtState<'a> {
    /// Reads a header, which may be invalid; invalid parts count as absent.
    // HOT: most traces begin here, without a header.
    #[inline]
    pub(crate) fn read(header: &'a str) -> Self {
        match header {
            "" => Self { header, ot: "", threshold: None, randomness: None },
            header => Self::parse(header),
        }
    }

    /// Returns the randomness that a header states. Few do, so its parts are read only if they may contain one.
    #[inline]
    pub(crate) fn randomness_in(header: &'a str) -> Option<Randomness> {
        let is_possible = header.as_bytes().windows(3).any(|bytes| bytes == b"rv:");
        is_possible.then(|| Self::parse(header).randomness)?
    }

    fn parse(header: &'a str) -> Self {
        let ot = members(header).find_map(|(key, value)| (key == "ot").then_some(value));
        let ot = ot.unwrap_or_default();
        let find = |wanted| sub_keys(ot).find_map(|(key, value)| (key == wanted).then_some(value));
        Self {
            header,
            ot,
            threshold: find("th").and_then(Threshold::parse),
            randomness: find("rv").and_then(Randomness::parse),
        }
    }

    /// Returns the header with this threshold, or none, and everything else unchanged; `None`: it is
    /// the same.
    pub(crate) fn with_threshold(self, threshold: Option<Threshold>) -> Option<TraceState> {
        if threshold == self.threshold && (threshold.is_some() || !self.mentions_threshold()) {
            return None;
        }
        match threshold {
            Some(threshold) if self.header.is_empty() => Some(of_threshold(threshold)),
            _ => Some(self.written(threshold).into()),
        }
    }

    /// Returns whether there is a threshold, valid or not.
    fn mentions_threshold(self) -> bool {
        sub_keys(self.ot).any(|(key, _)| key == "th")
    }

    fn written(self, threshold: Option<Threshold>) -> String {
        let mut ot = String::new();
        let mut put = |key: &str, value: &str| {
            let separator = if ot.is_empty() { "" } else { ";" };
            if separator.len() + key.len() + 1 + value.len() + ot.len() <= MOST_OF_OT {
                ot.extend([separator, key, ":", value]);
            }
        };
        if let Some(threshold) = threshold {
            put("th", &threshold.to_string());
        }
        if let Some(randomness) = self.randomness {
            put("rv", &randomness.to_string());
        }
        let others = || sub_keys(self.ot).filter(|(key, _)| !matches!(*key, "th" | "rv"));
        others().for_each(|(key, value)| put(key, value));
        let mut kept: Vec<(&str, &str)> =
            members(self.header).filter(|(key, _)| *key != "ot").collect();
        if ot.is_empty() {
            return joined(&kept);
        }
        // A member that is changed goes first.
        kept.insert(0, ("ot", &ot));
        kept.truncate(MOST_MEMBERS);
        // What was too long before is passed on as it was.
        let most = MOST_CHARACTERS.max(self.header.len());
        while joined(&kept).len() > most {
            let is_long = |(key, value): &(&str, &str)| key.len() + 1 + value.len() > LONG;
            let long = kept[1..].iter().rposition(is_long).map(|at| at + 1);
            kept.remove(long.unwrap_or(kept.len() - 1));
        }
        joined(&kept)
    }
}

/// Iterates over the members of a header.
fn members(header: &str) -> impl Iterator<Item = (&str, &str)> {
    let members = header.split(',').map(|member| member.trim_matches([' ', '\t']));
    members.filter_map(|member| member.split_once('='))
}

/// Iterates over the sub-keys of OpenTelemetry's member.
fn sub_keys(ot: &str) -> impl Iterator<Item = (&str, &str)> {
    ot.split(';').filter_map(|pair| pair.split_once(':'))
}

fn joined(members: &[(&str, &str)]) -> String {
    let members: Vec<_> = members.iter().map(|(key, value)| format!("{key}={value}")).collect();
    members.join(",")
}

/// Returns the header with a threshold alone.
///
/// Most traces of a program get one of few, so each thread keeps the latest: making one takes two
/// allocations.
fn of_threshold(threshold: Threshold) -> TraceState {
    thread_local! {
        static LATEST: RefCell<Option<(Threshold, TraceState)>> = const { RefCell::new(None) };
    }
    let latest = LATEST.try_with(|latest| {
        let mut latest = latest.borrow_mut();
        match &*latest {
            Some((of, state)) if *of == threshold => state.clone(),
            _ => {
                let state = TraceState::from(format!("ot=th:{threshold}"));
                *latest = Some((threshold, state.clone()));
                state
            }
        }
    });
    latest.unwrap_or_else(|_| format!("ot=th:{threshold}").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn threshold(text: &str) -> Option<Threshold> {
        Some(Threshold::parse(text).unwrap())
    }

    fn put(header: &str, threshold: Option<Threshold>) -> String {
        let state = OtState::read(header).with_threshold(threshold);
        state.map_or_else(|| header.to_owned(), |state| state.to_string())
    }

    #[test]
    fn a_threshold_is_set_replaced_and_erased() {
        assert_eq!(put("", threshold("8")), "ot=th:8");
        assert_eq!(put("ot=th:8", threshold("c")), "ot=th:c");
        assert_eq!(put("ot=th:8", None), "");
        assert_eq!(put("a=1,ot=th:8;rv:0123456789abcd,b=2", None), "ot=rv:0123456789abcd,a=1,b=2");
        assert_eq!(put("a=1,b=2", threshold("8")), "ot=th:8,a=1,b=2");
        assert_eq!(put("ot=x:1;th:8;y:2", threshold("c")), "ot=th:c;x:1;y:2");
        assert_eq!(put("a=1, ot=th:8 ,b=2", None), "a=1,b=2");
    }

    #[test]
    fn the_same_threshold_changes_nothing() {
        for header in ["ot=th:8", "a=1,ot=rv:0123456789abcd;th:8", "ot=th:80"] {
            assert_eq!(OtState::read(header).with_threshold(threshold("8")), None, "{header}");
        }
        for header in ["", "a=1", "a=1,ot=x:y"] {
            assert_eq!(OtState::read(header).with_threshold(None), None, "{header}");
        }
    }

    #[test]
    fn what_is_invalid_counts_as_absent_and_is_not_passed_on() {
        let state = OtState::read("ot=th:xyz;rv:12;k:v");
        assert_eq!((state.threshold, state.randomness), (None, None));
        assert_eq!(put("ot=th:xyz;rv:12;k:v", None), "ot=k:v");
        assert_eq!(put("ot=th:0123456789abcdef", None), "");
        assert_eq!(put("ot=", threshold("8")), "ot=th:8");
        assert_eq!(put("nonsense,ot=th:8", threshold("c")), "ot=th:c");
    }

    #[test]
    fn the_limits_of_the_header_are_kept() {
        let many: Vec<_> = (0..32).map(|count| format!("k{count}=v")).collect();
        let written = put(&many.join(","), threshold("8"));
        assert_eq!(written.split(',').count(), MOST_MEMBERS);
        assert!(written.starts_with("ot=th:8,k0=v") && written.ends_with("k30=v"));
        let long = format!("a=1,b={},c={}", "x".repeat(400), "y".repeat(96));
        assert_eq!(put(&long, threshold("8")), format!("ot=th:8,a=1,c={}", "y".repeat(96)));
        let rest = format!("ot=k:{};l:1", "x".repeat(250));
        assert_eq!(put(&rest, threshold("8")), "ot=th:8;l:1");
    }

    proptest! {
        #[test]
        fn any_header_is_read_and_written(
            header in "((ot=)?(th:[0-9a-g]{0,16}|rv:[0-9a-f]{12,15}|[a-c]:[a-z]{0,9}|[,;=: ]|[a-d]=[ -~]{0,5})){0,9}",
            number in any::<u64>(),
            is_known: bool,
        ) {
            let of = |number: u64| Threshold::parse(&format!("{:014x}", number >> 8));
            let threshold = if is_known { of(number) } else { None };
            let before = OtState::read(&header);
            let written = put(&header, threshold);
            let after = OtState::read(&written);
            prop_assert_eq!(after.threshold, threshold);
            prop_assert_eq!(after.randomness, before.randomness);
            let others = |header: &str| -> Vec<String> {
                let others = members(header).filter(|(key, _)| *key != "ot");
                others.map(|(key, value)| format!("{key}={value}")).collect()
            };
            prop_assert_eq!(others(&written), others(&header));
        }
    }
}
