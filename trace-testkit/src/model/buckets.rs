//! Adds, subtracts and coarsens exponential buckets.

use super::metric::ExponentialBuckets;

/// The most buckets of a sum: those that lie further apart would be joined by empty ones.
const MAX_WIDTH: i64 = 1 << 16;

impl ExponentialBuckets {
    /// Iterates over the indices with their counts, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = (i32, u64)> {
        // Buckets beyond the last index exist only in malformed messages.
        let index = |at: usize| self.offset.saturating_add(i32::try_from(at).unwrap_or(i32::MAX));
        self.counts.iter().enumerate().map(move |(at, count)| (index(at), *count))
    }

    /// Returns the same values in buckets `2^by` times as wide: at a scale lower by `by`.
    #[must_use]
    pub fn coarser(&self, by: i32) -> Self {
        let mut coarser = Self::default();
        for (index, count) in self.iter() {
            coarser.add(index >> by.clamp(0, 31), count);
        }
        coarser
    }

    /// Adds buckets of the same scale; `None` if they lie too far apart.
    pub(crate) fn plus(mut self, other: &Self) -> Option<Self> {
        let ends = |it: &Self| {
            let first = i64::from(it.offset);
            (!it.counts.is_empty()).then(|| (first, first + it.counts.len() as i64))
        };
        if let (Some((first, end)), Some((other_first, other_end))) = (ends(&self), ends(other))
            && end.max(other_end) - first.min(other_first) > MAX_WIDTH
        {
            return None;
        }
        other.iter().for_each(|(index, count)| self.add(index, count));
        Some(self)
    }

    /// Subtracts buckets of the same scale.
    pub(crate) fn without(&self, other: &Self) -> Self {
        let mut rest = Self::default();
        for (index, count) in self.iter() {
            let at = usize::try_from(i64::from(index) - i64::from(other.offset));
            let gone = at.ok().and_then(|at| other.counts.get(at)).copied().unwrap_or(0);
            rest.add(index, count.saturating_sub(gone));
        }
        rest
    }

    fn add(&mut self, index: i32, count: u64) {
        if count == 0 {
            return;
        }
        if self.counts.is_empty() {
            self.offset = index;
        }
        if index < self.offset {
            let missing = (self.offset - index) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, missing));
            self.offset = index;
        }
        let at = (index - self.offset) as usize;
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] = self.counts[at].saturating_add(count);
    }
}

#[cfg(test)]
mod tests {
    use super::ExponentialBuckets;

    fn buckets(offset: i32, counts: &[u64]) -> ExponentialBuckets {
        ExponentialBuckets { offset, counts: counts.to_vec() }
    }

    #[test]
    fn neighbours_join_in_coarser_buckets() {
        // -3, -2 | -1, 0 | 1 at scale 1 lie in -2, -1 | -1, 0 | 0 at scale 0.
        assert_eq!(buckets(-3, &[1, 2, 3, 4, 5]).coarser(1), buckets(-2, &[1, 5, 9]));
        assert_eq!(buckets(-3, &[1]).coarser(0), buckets(-3, &[1]));
        assert_eq!(buckets(-3, &[1]).coarser(40), buckets(-1, &[1]));
    }

    #[test]
    fn buckets_are_added_and_taken_away() {
        let sum = buckets(2, &[1]).plus(&buckets(0, &[1, 0, 1]));
        assert_eq!(sum, Some(buckets(0, &[1, 0, 2])));
        assert_eq!(buckets(i32::MIN, &[1]).plus(&buckets(i32::MAX, &[1])), None);
        assert_eq!(buckets(0, &[1, 0, 2]).without(&buckets(2, &[2])), buckets(0, &[1]));
    }
}
