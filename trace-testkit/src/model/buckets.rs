//! Arithmetic of exponential buckets.

use super::ExponentialBuckets;

impl ExponentialBuckets {
    /// Each index with its count, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = (i32, u64)> {
        (self.offset..).zip(self.counts.iter().copied())
    }

    /// The same values in buckets `2^by` times as wide: at a scale that is less by `by`.
    #[must_use]
    pub fn coarser(&self, by: i32) -> Self {
        let mut coarser = Self::default();
        for (index, count) in self.iter() {
            coarser.add(index >> by.clamp(0, 31), count);
        }
        coarser
    }

    /// Adds the values of `other`, which has the same scale.
    pub(crate) fn add_all(&mut self, other: &Self) {
        other.iter().for_each(|(index, count)| self.add(index, count));
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
        self.counts[at] += count;
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
    fn buckets_are_added_where_they_belong() {
        let mut sum = buckets(2, &[1]);
        sum.add_all(&buckets(0, &[1, 0, 1]));
        assert_eq!(sum, buckets(0, &[1, 0, 2]));
    }
}
