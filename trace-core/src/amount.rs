//! Values of business metrics, and the types that convert to them.

use std::time::Duration;

/// A value of a business metric.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Amount {
    /// No value: nothing is recorded.
    Absent,
    /// A non-negative integer.
    U64(u64),
    /// An integer.
    I64(i64),
    /// A float.
    F64(f64),
}

/// Converts and adds amounts, for the aggregation of metrics.
#[cfg(feature = "metrics")]
pub trait Arithmetic: Sized {
    /// Returns the number as a float; 0 for none.
    fn to_f64(self) -> f64;
    /// Returns the sum of both, or the largest representable number.
    fn plus(self, other: Self) -> Self;
    /// Splits a number into its whole part and the rest.
    fn wholes(self) -> (Self, Self);
    /// Returns the number without its fraction, at least 0; 0 for none.
    fn to_u64(self) -> u64;
    /// Returns the number without its fraction; 0 for none.
    fn to_i64(self) -> i64;
}

#[cfg(feature = "metrics")]
impl Arithmetic for Amount {
    fn to_f64(self) -> f64 {
        match self {
            Self::Absent => 0.0,
            Self::U64(value) => value as f64,
            Self::I64(value) => value as f64,
            Self::F64(value) => value,
        }
    }

    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Absent, amount) | (amount, Self::Absent) => amount,
            (Self::U64(one), Self::U64(other)) => Self::U64(one.saturating_add(other)),
            (Self::I64(one), Self::I64(other)) => Self::I64(one.saturating_add(other)),
            (Self::U64(one), Self::I64(other)) | (Self::I64(other), Self::U64(one)) => {
                match one.checked_add_signed(other) {
                    Some(sum) => Self::U64(sum),
                    None if other < 0 => Self::I64(other.saturating_add_unsigned(one)),
                    None => Self::U64(u64::MAX),
                }
            }
            (one, other) => Self::F64(one.to_f64() + other.to_f64()),
        }
    }

    fn wholes(self) -> (Self, Self) {
        match self {
            Self::F64(value) => (Self::F64(value.trunc()), Self::F64(value.fract())),
            amount => (amount, Self::Absent),
        }
    }

    fn to_u64(self) -> u64 {
        match self {
            Self::Absent => 0,
            Self::U64(value) => value,
            Self::I64(value) => value.max(0) as u64,
            Self::F64(value) => value as u64,
        }
    }

    fn to_i64(self) -> i64 {
        match self {
            Self::Absent => 0,
            Self::U64(value) => i64::try_from(value).unwrap_or(i64::MAX),
            Self::I64(value) => value,
            Self::F64(value) => value as i64,
        }
    }
}

/// A type whose values can be recorded by a business metric.
///
/// Implemented for numbers, `bool` (0 or 1), `Duration` (seconds), and `Option`s and references of
/// them. Implement it for other types:
///
/// ```
/// use trace_runtime::metrics::{Amount, ToAmount};
///
/// struct Cents(u64);
/// impl ToAmount for Cents {
///     fn to_amount(&self) -> Amount {
///         Amount::F64(self.0 as f64 / 100.0)
///     }
/// }
/// assert_eq!(Some(Cents(250)).to_amount(), Amount::F64(2.5));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number that a metric can record",
    label = "not an integer, float, bool or `Duration`, nor an `Option` of one"
)]
pub trait ToAmount {
    /// Returns the value; [`Amount::Absent`] records nothing.
    fn to_amount(&self) -> Amount;
}

#[cfg(feature = "enabled")]
impl Amount {
    /// Nothing is recorded.
    #[doc(hidden)]
    pub const NONE: Self = Self::Absent;
}

/// Returns the value.
#[cfg(feature = "enabled")]
#[inline(always)]
pub fn amount<T: ToAmount + ?Sized>(value: &T) -> Amount {
    value.to_amount()
}

macro_rules! amounts {
    ($($amount:ident($wide:ty): $($ty:ty),*;)*) => {$($(
        impl ToAmount for $ty {
            #[inline(always)]
            fn to_amount(&self) -> Amount {
                Amount::$amount(*self as $wide)
            }
        }
    )*)*};
}
amounts! {
    U64(u64): u8, u16, u32, u64, usize, bool;
    I64(i64): i8, i16, i32, i64, isize;
    F64(f64): f32, f64;
}

impl ToAmount for Duration {
    #[inline(always)]
    fn to_amount(&self) -> Amount {
        Amount::F64(self.as_secs_f64())
    }
}

impl<T: ToAmount> ToAmount for Option<T> {
    #[inline(always)]
    fn to_amount(&self) -> Amount {
        self.as_ref().map_or(Amount::Absent, T::to_amount)
    }
}

impl<T: ToAmount + ?Sized> ToAmount for &T {
    #[inline(always)]
    fn to_amount(&self) -> Amount {
        T::to_amount(self)
    }
}
