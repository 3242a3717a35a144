//! Remembers the attributes with which the requests of a route have ended, of which there are few.

use crate::conventions::failure::Kind;
use crate::conventions::{Protocol, grpc};
use crate::runtime::runtime::instruments::AttributeSet;
use http::StatusCode;
use std::sync::atomic::{AtomicU64, Ordering};

/// How a request has ended, as far as metrics report it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct End {
    pub(crate) version: Option<Protocol>,
    pub(crate) status: Option<StatusCode>,
    /// The code of an RPC.
    pub(crate) code: Option<&'static str>,
    pub(crate) failure: Option<Kind>,
}

/// In a packed end, so that none is zero.
const IS_SOME: u32 = 1 << 31;

impl End {
    /// Returns the end as a number that is not zero; `None`: it contains the type of an error.
    fn packed(&self) -> Option<u32> {
        let failure = match self.failure {
            None => 0,
            Some(Kind::Status(_)) => 1,
            Some(Kind::Code(_)) => 2,
            Some(Kind::Cancelled) => 3,
            Some(Kind::Panic) => 4,
            Some(Kind::Type(_)) => return None,
        };
        let status = self.status.map_or(0, |status| u32::from(status.as_u16()));
        let version = self.version.map_or(0, |version| 1 + version as u32);
        let code = self.code.map_or(0, |code| 1 + grpc::number(code));
        Some(IS_SOME | failure << 18 | code << 13 | version << 10 | status)
    }
}

/// The attributes of the first few ends.
#[derive(Debug, Default)]
pub(crate) struct Ends([AtomicU64; 12]);

impl Ends {
    /// Returns the attributes of an end, which `make` prepares.
    // HOT: once for each request; nothing but the words is read.
    #[inline]
    pub(crate) fn find(&self, end: &End, make: impl FnOnce() -> AttributeSet) -> AttributeSet {
        let Some(packed) = end.packed() else { return make() };
        let mut free = None;
        for word in &self.0 {
            let known = word.load(Ordering::Relaxed);
            if known >> 32 == u64::from(packed) {
                return AttributeSet::from_number(known as u32);
            }
            if known == 0 {
                free = Some(word);
                break;
            }
        }
        let set = make();
        if let Some(word) = free {
            let known = u64::from(packed) << 32 | u64::from(set.number());
            // If another thread was faster, a later request tries again.
            let _ = word.compare_exchange(0, known, Ordering::Relaxed, Ordering::Relaxed);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_that_differ_are_told_apart() {
        let failures = [None, Some(Kind::Status(StatusCode::OK)), Some(Kind::Cancelled)];
        let codes = [None, Some("OK"), Some("UNAUTHENTICATED")];
        let versions = [None, Some(Protocol::Http09), Some(Protocol::Http3)];
        let statuses = [None, StatusCode::from_u16(999).ok(), Some(StatusCode::OK)];
        let mut seen = std::collections::BTreeSet::new();
        for failure in failures {
            for code in codes {
                for version in versions {
                    for status in statuses {
                        let end = End { version, status, code, failure };
                        assert!(seen.insert(end.packed().unwrap()), "{end:?}");
                    }
                }
            }
        }
        assert_eq!(End { failure: Some(Kind::Type("E")), ..End::default() }.packed(), None);
    }

    #[test]
    fn more_ends_than_are_remembered_are_prepared_each_time() {
        let ends = Ends::default();
        for round in 0..2 {
            for status in 200..250 {
                let status = StatusCode::from_u16(status).ok();
                let mut is_made = false;
                let set = ends.find(&End { status, ..End::default() }, || {
                    is_made = true;
                    AttributeSet::from_number(status.map_or(0, |it| it.as_u16().into()))
                });
                assert_eq!(set.number(), status.map_or(0, |it| u32::from(it.as_u16())));
                let is_remembered = status.is_some_and(|it| it.as_u16() < 212);
                assert_eq!(is_made, round == 0 || !is_remembered);
            }
        }
    }
}
