//! An instrument: the static by which a business value is recorded, and the values it takes.

use super::meter::check_boundaries;
use crate::site::{Site, SiteInfo};
use std::time::Duration;

/// What becomes of the values of an instrument
/// ([instrument kinds](https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InstrumentKind {
    /// They are added up, and are never negative.
    Counter,
    /// They are added up.
    UpDownCounter,
    /// The last one counts.
    Gauge,
    /// They are counted by size.
    Histogram,
}

/// The static description of one business metric of a function.
///
/// `text` holds NUL-separated fields: name, unit, description, then the keys of its labels.
pub struct Instrument {
    kind: InstrumentKind,
    site: &'static Site,
    text: &'static str,
    buckets: &'static [f64],
}

impl Instrument {
    const fn new(kind: InstrumentKind, site: &'static Site, text: &'static str) -> Self {
        Self { kind, site, text, buckets: &[] }
    }

    /// Adds up what is never negative.
    pub const fn counter(site: &'static Site, text: &'static str) -> Self {
        Self::new(InstrumentKind::Counter, site, text)
    }

    /// Adds up.
    pub const fn updown(site: &'static Site, text: &'static str) -> Self {
        Self::new(InstrumentKind::UpDownCounter, site, text)
    }

    /// Keeps the last value.
    pub const fn gauge(site: &'static Site, text: &'static str) -> Self {
        Self::new(InstrumentKind::Gauge, site, text)
    }

    /// Counts values by size.
    pub const fn histogram(site: &'static Site, text: &'static str) -> Self {
        Self::new(InstrumentKind::Histogram, site, text)
    }

    /// Sets the boundaries of a histogram.
    pub const fn buckets(mut self, boundaries: &'static [f64]) -> Self {
        check_boundaries(boundaries);
        self.buckets = boundaries;
        self
    }

    #[inline(always)]
    pub(crate) fn kind(&self) -> InstrumentKind {
        self.kind
    }

    pub(crate) fn site(&self) -> &'static SiteInfo {
        self.site.info()
    }

    pub(crate) fn name(&self) -> &'static str {
        self.field(0)
    }

    pub(crate) fn unit(&self) -> &'static str {
        self.field(1)
    }

    pub(crate) fn description(&self) -> &'static str {
        self.field(2)
    }

    fn field(&self, index: usize) -> &'static str {
        self.text.split('\0').nth(index).unwrap_or_default()
    }

    /// The keys of its labels.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.text.split('\0').skip(3)
    }

    pub(crate) fn boundaries(&self) -> &'static [f64] {
        self.buckets
    }
}

/// A value of a business metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// None: nothing is recorded.
    Absent,
    /// A number that is not negative.
    U64(u64),
    /// A whole number.
    I64(i64),
    /// A number.
    F64(f64),
}

impl Amount {
    pub(crate) fn to_f64(self) -> f64 {
        match self {
            Self::Absent => 0.0,
            Self::U64(value) => value as f64,
            Self::I64(value) => value as f64,
            Self::F64(value) => value,
        }
    }

    pub(crate) fn to_u64(self) -> u64 {
        match self {
            Self::Absent => 0,
            Self::U64(value) => value,
            Self::I64(value) => value.max(0) as u64,
            Self::F64(value) => value as u64,
        }
    }

    pub(crate) fn to_i64(self) -> i64 {
        match self {
            Self::Absent => 0,
            Self::U64(value) => i64::try_from(value).unwrap_or(i64::MAX),
            Self::I64(value) => value,
            Self::F64(value) => value as i64,
        }
    }
}

/// A type whose values can be those of a business metric.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a business metric: it is no number",
    label = "no number",
    note = "numbers, `bool`, `Duration` (seconds) and `Option`s of them can: `None` records nothing"
)]
pub trait ToAmount {
    /// The value.
    #[doc(hidden)]
    fn __amount(&self) -> Amount;
}

/// The value.
#[inline(always)]
pub fn amount<T: ToAmount + ?Sized>(value: &T) -> Amount {
    value.__amount()
}

macro_rules! amounts {
    ($($amount:ident($wide:ty): $($ty:ty),*;)*) => {$($(
        impl ToAmount for $ty {
            #[inline(always)]
            fn __amount(&self) -> Amount {
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
    fn __amount(&self) -> Amount {
        Amount::F64(self.as_secs_f64())
    }
}

impl<T: ToAmount> ToAmount for Option<T> {
    #[inline(always)]
    fn __amount(&self) -> Amount {
        self.as_ref().map_or(Amount::Absent, T::__amount)
    }
}

impl<T: ToAmount + ?Sized> ToAmount for &T {
    #[inline(always)]
    fn __amount(&self) -> Amount {
        T::__amount(self)
    }
}
