//! Holds the numbers that a matcher accepts, as intervals, for values of which only a range is known.

/// A set of numbers, as intervals that do not touch, in ascending order.
///
/// ```
/// use trace_testkit::matcher::Numbers;
///
/// let small = Numbers::up_to(0.2);
/// assert!(small.contains_all(&Numbers::between(0.0, 0.1)));
/// assert!(!small.contains_all(&Numbers::between(0.1, 0.3)));
/// assert!(!small.contains_none(&Numbers::between(0.1, 0.3)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers(Vec<Interval>);

#[derive(Clone, Copy, Debug, PartialEq)]
struct Interval {
    low: Edge,
    high: Edge,
}

/// A place between numbers: just below `at`, or just above it.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Edge {
    at: f64,
    side: Side,
}

#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Side {
    Below,
    Above,
}

impl Edge {
    const START: Self = Self { at: f64::NEG_INFINITY, side: Side::Below };
    const END: Self = Self { at: f64::INFINITY, side: Side::Above };

    const fn below(at: f64) -> Self {
        Self { at, side: Side::Below }
    }

    const fn above(at: f64) -> Self {
        Self { at, side: Side::Above }
    }
}

impl Numbers {
    /// Returns all numbers.
    #[must_use]
    pub fn all() -> Self {
        Self::of(Edge::START, Edge::END)
    }

    /// Returns no number.
    #[must_use]
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// Returns this number alone.
    #[must_use]
    pub fn only(number: f64) -> Self {
        Self::between(number, number)
    }

    /// Returns the numbers from `least` to `greatest`, inclusive.
    #[must_use]
    pub fn between(least: f64, greatest: f64) -> Self {
        Self::of(Edge::below(least), Edge::above(greatest))
    }

    /// Returns the numbers above `bound`.
    #[must_use]
    pub fn above(bound: f64) -> Self {
        Self::of(Edge::above(bound), Edge::END)
    }

    /// Returns the numbers below `bound`.
    #[must_use]
    pub fn below(bound: f64) -> Self {
        Self::of(Edge::START, Edge::below(bound))
    }

    /// Returns `bound` and the numbers above it.
    #[must_use]
    pub fn from(bound: f64) -> Self {
        Self::of(Edge::below(bound), Edge::END)
    }

    /// Returns `bound` and the numbers below it.
    #[must_use]
    pub fn up_to(bound: f64) -> Self {
        Self::of(Edge::START, Edge::above(bound))
    }

    fn of(low: Edge, high: Edge) -> Self {
        Self(if low < high { vec![Interval { low, high }] } else { Vec::new() })
    }

    /// Returns the union.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let mut intervals = [self.0.as_slice(), other.0.as_slice()].concat();
        intervals.sort_by(|one, other| one.low.at.total_cmp(&other.low.at));
        let mut joined: Vec<Interval> = Vec::new();
        for interval in intervals {
            match joined.last_mut() {
                Some(last) if interval.low <= last.high => {
                    if last.high < interval.high {
                        last.high = interval.high;
                    }
                    if interval.low < last.low {
                        last.low = interval.low;
                    }
                }
                _ => joined.push(interval),
            }
        }
        Self(joined)
    }

    /// Returns the intersection.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut common = Vec::new();
        for one in &self.0 {
            for other in &other.0 {
                let low = if one.low < other.low { other.low } else { one.low };
                let high = if one.high < other.high { one.high } else { other.high };
                common.extend(Self::of(low, high).0);
            }
        }
        Self(common)
    }

    /// Returns the complement.
    #[must_use]
    pub fn not(&self) -> Self {
        let mut gaps = Vec::new();
        let mut from = Edge::START;
        for interval in &self.0 {
            gaps.extend(Self::of(from, interval.low).0);
            from = interval.high;
        }
        gaps.extend(Self::of(from, Edge::END).0);
        Self(gaps)
    }

    /// Whether this contains every number of `other`.
    #[must_use]
    pub fn contains_all(&self, other: &Self) -> bool {
        self.and(other) == *other
    }

    /// Whether this contains no number of `other`.
    #[must_use]
    pub fn contains_none(&self, other: &Self) -> bool {
        self.and(other).0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Numbers;

    #[test]
    fn edges_belong_or_do_not() {
        let bucket = Numbers::above(0.1).and(&Numbers::up_to(0.25));
        assert!(Numbers::up_to(0.25).contains_all(&bucket));
        assert!(!Numbers::below(0.25).contains_all(&bucket));
        assert!(Numbers::above(0.1).contains_all(&bucket));
        assert!(Numbers::up_to(0.1).contains_none(&bucket));
        assert!(Numbers::above(0.25).contains_none(&bucket));
        assert!(!Numbers::from(0.25).contains_none(&bucket));
    }

    #[test]
    fn sets_join_and_are_cut() {
        let ends = Numbers::below(1.0).or(&Numbers::above(2.0));
        assert_eq!(ends.not(), Numbers::between(1.0, 2.0));
        assert_eq!(Numbers::below(1.0).or(&Numbers::from(1.0)), Numbers::all());
        assert_ne!(Numbers::below(1.0).or(&Numbers::above(1.0)), Numbers::all());
        assert_eq!(Numbers::from(1.0).or(&Numbers::above(1.0)), Numbers::from(1.0));
        assert_eq!(Numbers::above(1.0).or(&Numbers::from(1.0)), Numbers::from(1.0));
        assert_eq!(Numbers::all().not(), Numbers::none());
        assert_eq!(Numbers::only(f64::NAN), Numbers::none());
    }
}
