//! Values of series, and the merging of two that are one series in Prometheus.

use std::fmt;

/// A measured number: integers keep all their digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    I64(i64),
    U64(u64),
    F64(f64),
}

impl Number {
    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::U64(one), Self::U64(other)) => Self::U64(one.saturating_add(other)),
            (Self::I64(one), Self::I64(other)) => Self::I64(one.saturating_add(other)),
            _ => Self::F64(self.as_f64() + other.as_f64()),
        }
    }

    fn as_f64(self) -> f64 {
        match self {
            Self::I64(value) => value as f64,
            Self::U64(value) => value as f64,
            Self::F64(value) => value,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Below this, every whole number is an `f64`.
        const WHOLE: f64 = 9_007_199_254_740_992.0;
        match *self {
            Self::I64(value) => value.fmt(f),
            Self::U64(value) => value.fmt(f),
            Self::F64(value) if value.is_nan() => f.write_str("NaN"),
            Self::F64(f64::INFINITY) => f.write_str("+Inf"),
            Self::F64(f64::NEG_INFINITY) => f.write_str("-Inf"),
            Self::F64(value) if value.abs() < WHOLE && value.fract() == 0.0 => {
                (value as i64).fmt(f)
            }
            Self::F64(value) => fmt::Debug::fmt(&value, f),
        }
    }
}

/// The value of a series.
#[derive(Debug)]
pub(super) enum Value {
    /// Not a sum: the first value is kept.
    Level,
    Sum(Number),
    Histogram {
        buckets: Vec<(f64, u64)>,
        count: u64,
        sum: Option<Number>,
    },
}

impl Value {
    /// Adds the value of the same name and labels: counts from two places are one count.
    /// Returns `false` where that makes no sense.
    pub(super) fn add(&mut self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sum(one), Self::Sum(other)) => *one = one.plus(*other),
            (
                Self::Histogram { buckets, count, sum },
                Self::Histogram { buckets: others, count: other_count, sum: other_sum },
            ) if buckets.iter().map(|it| it.0).eq(others.iter().map(|it| it.0)) => {
                for (one, other) in buckets.iter_mut().zip(others) {
                    one.1 = one.1.saturating_add(other.1);
                }
                *count = count.saturating_add(*other_count);
                *sum = sum.zip(*other_sum).map(|(one, other)| one.plus(other));
            }
            _ => return false,
        }
        true
    }
}
