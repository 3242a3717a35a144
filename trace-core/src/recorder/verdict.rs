//! Keeps what the value returned by a metered call means for its measurement.

use super::finish::Finish;
use super::thread::local;
use crate::instruments::{LabelId, Labels, error_label};
use crate::value::{Value, to_text};

/// The findings about a metered call that is about to end.
pub(super) struct Verdict {
    pub(super) error: LabelId,
    /// The labels of the returned value, and which of them are set.
    labels: Labels,
    set: u8,
}

impl Verdict {
    pub(super) const NONE: Self = Self { error: LabelId::NONE, labels: Labels::NONE, set: 0 };

    /// Returns the labels, with those of the returned value applied.
    pub(super) fn apply_to(&self, mut labels: Labels) -> Labels {
        for index in (0..Labels::MOST).filter(|index| self.set & 1 << index != 0) {
            labels.set(index, self.labels.get(index));
        }
        labels
    }
}

impl Finish {
    /// Sets a label that is taken from the returned value.
    #[inline(never)]
    pub fn set_label(&mut self, index: usize, id: LabelId) {
        self.take_slow_path();
        // SAFETY: the calling thread's own state.
        let verdict = unsafe { &mut (*local()).metering.verdict };
        verdict.labels.set(index, id);
        verdict.set |= 1 << index;
    }

    /// Notes the type of the error with which a metered call ends.
    pub(super) fn note_error(kind: &Value<'_>) {
        let error = error_label(&to_text(*kind));
        // SAFETY: the calling thread's own state.
        unsafe { (*local()).metering.verdict.error = error };
    }
}
