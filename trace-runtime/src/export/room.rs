//! Limits the size of what an encoder writes at once: a request of OTLP, or a line of JSON.

/// A buffer to which an encoder appends.
pub(super) trait Buffer {
    fn len(&self) -> usize;

    fn truncate(&mut self, len: usize);
}

impl Buffer for Vec<u8> {
    fn len(&self) -> usize {
        self.len()
    }

    fn truncate(&mut self, len: usize) {
        self.truncate(len);
    }
}

impl Buffer for String {
    fn len(&self) -> usize {
        self.len()
    }

    fn truncate(&mut self, len: usize) {
        self.truncate(len);
    }
}

/// The remaining room of a message, to which items are added one after the other.
pub(super) struct Room {
    /// The number of items still to skip, because earlier messages contain them.
    skipped: usize,
    limit: usize,
    most: usize,
    taken: usize,
    is_full: bool,
}

impl Room {
    /// Creates a room of `limit` bytes that skips the first items, which earlier messages contain.
    pub(super) fn after(skipped: usize, limit: usize) -> Self {
        Self { skipped, limit, most: usize::MAX, taken: 0, is_full: false }
    }

    /// Sets the maximum number of items; at least one fits.
    #[cfg(any(feature = "json", feature = "metrics"))]
    pub(super) fn with_most(mut self, items: usize) -> Self {
        self.most = items;
        self
    }

    /// Encodes an item, unless the message would exceed its limit; the first item always fits.
    /// Returns `false` once the message is full.
    // HOT: runs for each span, on the exporter's thread.
    #[inline]
    pub(super) fn take<B: Buffer>(&mut self, out: &mut B, encode: impl FnOnce(&mut B)) -> bool {
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
        self.is_full = self.taken >= self.most;
        true
    }

    /// Encodes a group of items, or nothing if no item fits.
    pub(super) fn group<B: Buffer>(&mut self, out: &mut B, encode: impl FnOnce(&mut B, &mut Self)) {
        if self.is_full {
            return;
        }
        let (before, taken) = (out.len(), self.taken);
        encode(out, self);
        if self.taken == taken {
            out.truncate(before);
        }
    }

    /// Returns the number of items taken.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }
}
