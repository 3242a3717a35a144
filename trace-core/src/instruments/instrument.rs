//! An instrument: the static by which a business value is recorded.

use super::meter::check_boundaries;
#[cfg(feature = "metrics")]
use crate::amount::Amount;
use crate::site::{Site, SiteInfo};

/// What becomes of the values of an instrument
/// ([instrument kinds](https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

impl InstrumentKind {
    /// The word, such as `counter`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::UpDownCounter => "updown counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }

    /// Whether such an instrument takes a value.
    #[cfg(feature = "metrics")]
    #[inline]
    pub fn takes(self, amount: Amount) -> bool {
        match (self, amount) {
            (_, Amount::F64(value)) if !value.is_finite() => false,
            (Self::Counter, Amount::I64(value)) => value >= 0,
            (Self::Counter, Amount::F64(value)) => value >= 0.0,
            _ => true,
        }
    }
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
    /// The kind of the instrument.
    pub fn kind(&self) -> InstrumentKind {
        self.kind
    }

    /// What the site of its function says.
    pub fn site(&self) -> &'static SiteInfo {
        self.site.info()
    }

    /// The site of its function.
    pub fn place(&self) -> &'static Site {
        self.site
    }

    /// The name of the metric.
    pub fn name(&self) -> &'static str {
        self.field(0)
    }

    /// The unit of its values; empty without one.
    pub fn unit(&self) -> &'static str {
        self.field(1)
    }

    /// The description of the metric; empty without one.
    pub fn description(&self) -> &'static str {
        self.field(2)
    }

    fn field(&self, index: usize) -> &'static str {
        self.text.split('\0').nth(index).unwrap_or_default()
    }

    /// The keys of its labels.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.text.split('\0').skip(3)
    }

    /// The boundaries of its histogram; empty: those of all.
    pub fn boundaries(&self) -> &'static [f64] {
        self.buckets
    }
}
