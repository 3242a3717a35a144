//! Infers what is known of the values behind a histogram.
//!
//! A histogram keeps no values. It contains their number, their sum, the number in each bucket, and
//! often the least and the greatest value. For some matchers this suffices to decide that all values
//! match, for others that one does not; for the rest the assertion reports that it cannot decide.

use super::number::Unit;
use crate::matcher::{Match, Matcher as _, Numbers};
use crate::model::{ExponentialHistogram, Histogram};
use std::fmt;

/// What is known of a set of values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Distribution {
    pub(super) count: u64,
    pub(super) sum: f64,
    /// Whether the sum is exact, and not a difference of two sums.
    pub(super) is_sum_exact: bool,
    pub(super) least: Extreme,
    pub(super) greatest: Extreme,
    /// In ascending order, including empty ones.
    pub(super) buckets: Vec<Bucket>,
    /// The resolution of exponential buckets.
    pub(super) scale: Option<i32>,
}

/// What is known of the least or the greatest value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Extreme {
    /// Its exact value.
    Is(f64),
    /// A bound of all values.
    Within(f64),
    Unknown,
}

impl Extreme {
    pub(super) fn value(self) -> Option<f64> {
        match self {
            Self::Is(value) => Some(value),
            _ => None,
        }
    }

    fn bound(self) -> Option<f64> {
        match self {
            Self::Is(value) | Self::Within(value) => Some(value),
            Self::Unknown => None,
        }
    }
}

/// A bucket and its number of values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bucket {
    pub(super) low: f64,
    pub(super) high: f64,
    /// Whether a value equal to `low` is in it.
    pub(super) with_low: bool,
    /// Whether a value equal to `high` is in it.
    pub(super) with_high: bool,
    pub(super) count: u64,
}

impl Bucket {
    /// Whether `bound` is its upper bound; approximately, for the computed ones of exponential buckets.
    pub(super) fn ends_at(&self, bound: f64) -> bool {
        self.high == bound || bound.is_finite() && (self.high - bound).abs() <= bound.abs() * 1e-9
    }

    fn numbers(&self) -> Numbers {
        let low = if self.with_low { Numbers::from(self.low) } else { Numbers::above(self.low) };
        let high =
            if self.with_high { Numbers::up_to(self.high) } else { Numbers::below(self.high) };
        low.and(&high)
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = if self.with_low { '[' } else { '(' };
        let close = if self.with_high { ']' } else { ')' };
        let bound = |bound: f64| match bound {
            f64::INFINITY => "∞".to_owned(),
            f64::NEG_INFINITY => "-∞".to_owned(),
            bound => bound.to_string(),
        };
        write!(f, "{open}{}, {}{close}", bound(self.low), bound(self.high))
    }
}

/// Whether all values match.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    All,
    /// At least one does not, and why.
    Not(String),
    /// Unknown, and why.
    Unsure(String),
}

impl Distribution {
    pub(super) fn of_explicit(histogram: &Histogram) -> Self {
        let lows = std::iter::once(f64::NEG_INFINITY).chain(histogram.bounds.iter().copied());
        let highs = histogram.bounds.iter().copied().chain([f64::INFINITY]);
        let bounds = lows.zip(highs);
        let bucket = |((low, high), &count)| Bucket {
            low,
            high,
            with_low: false,
            with_high: high != f64::INFINITY,
            count,
        };
        Self {
            count: histogram.count,
            sum: histogram.sum,
            is_sum_exact: true,
            least: known(histogram.min),
            greatest: known(histogram.max),
            buckets: bounds.zip(&histogram.bucket_counts).map(bucket).collect(),
            scale: None,
        }
    }

    pub(super) fn of_exponential(histogram: &ExponentialHistogram) -> Self {
        let bound = |index: i32| {
            // 2^(index · 2^-scale)
            (f64::from(index) * f64::from(-histogram.scale).exp2()).exp2()
        };
        let (negative, positive) = (&histogram.negative, &histogram.positive);
        let zero = histogram.zero_threshold;
        let below = negative.iter().map(|(index, count)| Bucket {
            low: -bound(index + 1),
            high: -bound(index),
            with_low: true,
            with_high: false,
            count,
        });
        let near = Bucket {
            // Not -0.
            low: 0.0 - zero,
            high: zero,
            with_low: true,
            with_high: true,
            count: histogram.zero_count,
        };
        let above = positive.iter().map(|(index, count)| Bucket {
            low: bound(index),
            high: bound(index + 1),
            with_low: false,
            with_high: true,
            count,
        });
        let mut buckets: Vec<Bucket> = below.collect();
        buckets.reverse();
        buckets.push(near);
        buckets.extend(above);
        Self {
            count: histogram.count,
            sum: histogram.sum,
            is_sum_exact: true,
            least: known(histogram.min),
            greatest: known(histogram.max),
            buckets,
            scale: Some(histogram.scale),
        }
    }

    /// Decides whether all values match `condition`.
    pub(super) fn each(&self, condition: &Match, unit: Unit) -> Verdict {
        if self.count == 0 {
            return Verdict::All;
        }
        let fulfils = |value: f64| unit.holds(condition, &value.into());
        let known = self.known_values();
        if let Some((what, value)) = known.iter().find(|(_, value)| !fulfils(*value)) {
            return Verdict::Not(format!("{what} is {value}"));
        }
        if self.are_all_known(&known) {
            return Verdict::All;
        }
        let Some(numbers) = condition.numbers(&|bound| unit.number(bound)) else {
            return Verdict::Unsure(format!(
                "it keeps no values, and `{condition}` is no condition on order"
            ));
        };
        let (mut split, mut sure) = (Vec::new(), 0);
        for (range, bucket) in self.occupied() {
            if numbers.contains_none(&range) {
                let count = values(bucket.count);
                return Verdict::Not(format!("{count} in {bucket}"));
            }
            if numbers.contains_all(&range) {
                sure += bucket.count;
            } else {
                split.push(format!("{} in {bucket}", values(bucket.count)));
            }
        }
        if split.is_empty() && sure >= self.count {
            return Verdict::All;
        }
        if numbers.contains_all(&self.range()) {
            return Verdict::All;
        }
        Verdict::Unsure(match split.is_empty() {
            true => "it has neither buckets nor least and greatest value".to_owned(),
            false => format!("it keeps no values; it has {}", split.join(", ")),
        })
    }

    /// Returns values that are known exactly.
    fn known_values(&self) -> Vec<(&'static str, f64)> {
        let least = self.least.value().map(|value| ("the least value", value));
        let greatest = self.greatest.value().map(|value| ("the greatest value", value));
        let mut known: Vec<_> = least.into_iter().chain(greatest).collect();
        if known.is_empty() && self.count == 1 && self.is_sum_exact {
            known.push(("the only value", self.sum));
        }
        known
    }

    fn are_all_known(&self, known: &[(&'static str, f64)]) -> bool {
        match known {
            [_] => self.count == 1,
            [(_, least), (_, greatest)] => self.count <= 2 || least == greatest,
            _ => false,
        }
    }

    /// Returns the buckets with values, narrowed by the extremes.
    fn occupied(&self) -> impl Iterator<Item = (Numbers, &Bucket)> {
        let range = self.range();
        let occupied = self.buckets.iter().filter(|bucket| bucket.count > 0);
        occupied.map(move |bucket| (bucket.numbers().and(&range), bucket))
    }

    fn range(&self) -> Numbers {
        let from = self.least.bound().map_or_else(Numbers::all, Numbers::from);
        let up_to = self.greatest.bound().map_or_else(Numbers::all, Numbers::up_to);
        from.and(&up_to)
    }
}

fn known(extreme: Option<f64>) -> Extreme {
    extreme.map_or(Extreme::Unknown, Extreme::Is)
}

pub(super) fn values(count: u64) -> String {
    if count == 1 { "1 value".to_owned() } else { format!("{count} values") }
}
