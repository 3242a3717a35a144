//! A distribution in bounded memory: values that wait for a histogram, which takes them one by one.
//!
//! Count, sum, smallest and largest value are exact. Up to [`CELLS`] different values are kept
//! exactly. Beyond that, values that are close to each other share a cell, which keeps their count
//! and sum; cells are as wide as necessary, at least 1/64 of a power of two.

/// The number of cells of a distribution, of 24 bytes each.
const CELLS: usize = 64;
/// The width of cells once values share them, as the number of fraction bits that are left out.
const FIRST_SHIFT: u32 = 46;

#[derive(Clone, Copy, Debug)]
struct Cell {
    /// The order of its values, without the bits that are left out.
    place: i64,
    count: u64,
    sum: f64,
}

/// Values by size.
#[derive(Clone, Debug)]
pub struct Distribution {
    cells: Vec<Cell>,
    /// The number of bits of a value's order that are left out; 0: all values of a cell are equal.
    shift: u32,
    min: f64,
    max: f64,
}

/// Returns a number that sorts as the value does.
fn order(value: f64) -> i64 {
    // Makes both zeros equal.
    let bits = (value + 0.0).to_bits().cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

/// Returns the value of this order.
fn value_of(order: i64) -> f64 {
    f64::from_bits((if order < 0 { order ^ i64::MAX } else { order }).cast_unsigned())
}

impl Distribution {
    /// A distribution without values.
    pub const EMPTY: Self =
        Self { cells: Vec::new(), shift: 0, min: f64::INFINITY, max: f64::NEG_INFINITY };

    /// Adds a finite value.
    #[inline]
    pub fn add(&mut self, value: f64) {
        (self.min, self.max) = (self.min.min(value), self.max.max(value));
        self.put(order(value), 1, value);
    }

    /// Adds the values of another distribution.
    pub fn append(&mut self, other: &Self) {
        (self.min, self.max) = (self.min.min(other.min), self.max.max(other.max));
        if self.shift < other.shift {
            self.widen(other.shift);
        }
        for Cell { place, count, sum } in &other.cells {
            self.put(place << other.shift, *count, *sum);
        }
    }

    fn put(&mut self, order: i64, count: u64, sum: f64) {
        loop {
            let place = order >> self.shift;
            match self.cells.binary_search_by_key(&place, |cell| cell.place) {
                Ok(at) => {
                    let cell = &mut self.cells[at];
                    cell.count += count;
                    cell.sum += sum;
                    return;
                }
                Err(at) if self.cells.len() < CELLS => {
                    return self.cells.insert(at, Cell { place, count, sum });
                }
                Err(_) => self.widen((self.shift + 1).max(FIRST_SHIFT)),
            }
        }
    }

    /// Widens the cells.
    fn widen(&mut self, shift: u32) {
        let more = shift - self.shift;
        self.shift = shift;
        self.cells.iter_mut().for_each(|cell| cell.place >>= more);
        self.cells.dedup_by(|next, cell| {
            let is_same = next.place == cell.place;
            if is_same {
                cell.count += next.count;
                cell.sum += next.sum;
            }
            is_same
        });
    }

    /// Drains the distribution: passes on as many values as there are, with the same sum.
    pub fn drain_into(&mut self, mut tell: impl FnMut(f64)) {
        let (shift, min, max) = (self.shift, self.min, self.max);
        let cells = std::mem::replace(self, Self::EMPTY).cells;
        let last = cells.len().saturating_sub(1);
        for (index, Cell { place, mut count, mut sum }) in cells.into_iter().enumerate() {
            if shift == 0 {
                let value = value_of(place);
                (0..count).for_each(|_| tell(value));
                continue;
            }
            for (_, value) in [(0, min), (last, max)].into_iter().filter(|(at, _)| *at == index) {
                if count > 0 {
                    tell(value);
                    count -= 1;
                    sum -= value;
                }
            }
            let mean = (sum / count as f64).clamp(min, max);
            (0..count).for_each(|_| tell(mean));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drained(mut distribution: Distribution) -> Vec<f64> {
        let mut drained = Vec::new();
        distribution.drain_into(|value| drained.push(value));
        assert!(distribution.cells.is_empty());
        drained
    }

    #[test]
    fn few_different_values_are_kept_as_they_are() {
        let mut distribution = Distribution::EMPTY;
        let values = [-2.5, -0.0, 0.1, 0.1, 0.1, 7.0, 1e300];
        values.iter().rev().for_each(|value| distribution.add(*value));
        assert_eq!(drained(distribution), values);
        assert!(drained(Distribution::EMPTY).is_empty());
    }

    #[test]
    fn many_are_as_many_with_the_same_sum_and_close_to_what_they_were() {
        let mut distribution = Distribution::EMPTY;
        let mut values: Vec<f64> = (1..=100_000).map(|n| f64::from(n) / 1_000.0).collect();
        values.iter().for_each(|value| distribution.add(*value));
        assert!(distribution.cells.capacity() <= CELLS);
        let mut drained = drained(distribution);
        assert_eq!(drained.len(), values.len());
        drained.sort_by(f64::total_cmp);
        values.sort_by(f64::total_cmp);
        assert_eq!((drained[0], drained[drained.len() - 1]), (0.001, 100.0));
        let (sum, expected) = (drained.iter().sum::<f64>(), values.iter().sum::<f64>());
        assert!((sum - expected).abs() < 1e-6 * expected, "{sum} {expected}");
        for (drained, value) in drained.iter().zip(&values) {
            assert!(drained / value < 2.0 && value / drained < 2.0, "{drained} {value}");
        }
    }

    #[test]
    fn negative_values_are_kept_apart() {
        let mut distribution = Distribution::EMPTY;
        (-500..500).for_each(|n| distribution.add(f64::from(n) + 0.5));
        let drained = drained(distribution);
        assert_eq!(drained.iter().filter(|value| **value < 0.0).count(), 500);
        assert!(drained.iter().sum::<f64>().abs() < 1e-6);
    }

    #[test]
    fn two_become_one() {
        let (mut one, mut other) = (Distribution::EMPTY, Distribution::EMPTY);
        (0..1_000).for_each(|n| one.add(f64::from(n)));
        (1_000..1_010).for_each(|n| other.add(f64::from(n)));
        let mut both = other.clone();
        both.append(&one);
        one.append(&other);
        for distribution in [one, both] {
            let drained = drained(distribution);
            assert_eq!(drained.len(), 1_010);
            assert!((drained.iter().sum::<f64>() - 509_545.0).abs() < 1e-3);
        }
    }
}
