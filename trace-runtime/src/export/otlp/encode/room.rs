//! How much still fits a request.

use super::wire::message;

/// The room of one request, in which items are encoded one after the other.
pub(super) struct Room {
    /// Items that earlier requests have.
    skipped: usize,
    limit: usize,
    taken: usize,
    is_full: bool,
}

impl Room {
    pub(super) fn new(limit: usize) -> Self {
        Self::after(0, limit)
    }

    /// One that leaves out the first items, which earlier requests have.
    pub(super) fn after(skipped: usize, limit: usize) -> Self {
        Self { skipped, limit, taken: 0, is_full: false }
    }

    /// Encodes an item, unless that makes the request longer than it may be; the first is always
    /// taken. `false` when no more fits.
    // HOT: each span passes here on the exporter's thread.
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

    /// Encodes a message around items, and leaves it out where none of them fits.
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

    /// How many were taken.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }
}
