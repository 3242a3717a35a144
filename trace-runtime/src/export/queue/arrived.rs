//! Counts the items that have reached the exporters of a signal.

/// The number of items so far.
#[derive(Clone, Copy, Default)]
pub(crate) struct Arrived {
    /// For exporters in general.
    pub(crate) decided: u64,
    /// For those that get all spans, whatever tail sampling decides.
    pub(crate) all: u64,
}

impl Arrived {
    pub(super) fn at(self, gets_all: bool) -> u64 {
        if gets_all { self.all } else { self.decided }
    }
}

impl From<u64> for Arrived {
    /// Counts items about which nothing is decided.
    fn from(items: u64) -> Self {
        Self { decided: items, all: items }
    }
}
