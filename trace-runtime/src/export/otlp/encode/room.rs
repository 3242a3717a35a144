//! Limits the size of a request.

use super::wire::message;

/// The remaining room of a request, to which items are added one after the other.
pub(super) struct Room {
    /// The number of items still to skip, because earlier requests contain them.
    skipped: usize,
    limit: usize,
    taken: usize,
    is_full: bool,
}

impl Room {
    pub(super) fn new(limit: usize) -> Self {
        Self::after(0, limit)
    }

    /// Creates a room that skips the first items, which earlier requests contain.
    pub(super) fn after(skipped: usize, limit: usize) -> Self {
        Self { skipped, limit, taken: 0, is_full: false }
    }

    /// Encodes an item, unless the request would exceed its limit; the first item always fits.
    /// Returns `false` once the request is full.
    // HOT: runs for each span, on the exporter's thread.
    #[inline]
    pub(super) fn take(&mut self, out: &mut Vec<u8>, encode: impl FnOnce(&mut Vec<u8>)) -> bool {
        if self.skipped > 0 || self.is_full {
            self.skipped = self.skipped.saturating_sub(1);
            return !self.is_full;
        }
        let before = out.len();
        encode(out);
        if out.len() > self.limit && self.taken > 0 {
            out.truncate(before);
            self.is_full = true;
            return false;
        }
        self.taken += 1;
        true
    }

    /// Encodes a message that contains items, or nothing if no item fits.
    pub(super) fn group<const WIDTH: usize>(
        &mut self,
        out: &mut Vec<u8>,
        field: u32,
        fill: impl FnOnce(&mut Vec<u8>, &mut Self),
    ) {
        if self.is_full {
            return;
        }
        let (before, taken) = (out.len(), self.taken);
        message::<WIDTH>(out, field, |out| fill(out, self));
        if self.taken == taken {
            out.truncate(before);
        }
    }

    /// Returns the number of items taken.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }
}
