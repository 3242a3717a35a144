//! Instruments: the statics by which business values are recorded.

use super::meter::check_boundaries;
#[cfg(feature = "metrics")]
use crate::amount::Amount;
use crate::site::{Site, SiteInfo};

/// How the values of an instrument are aggregated ([instrument
/// kinds](https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum InstrumentKind {
    /// Values are added up, and are never negative.
    Counter,
    /// Values are added up.
    UpDownCounter,
    /// The last value counts.
    Gauge,
    /// Values are counted by size.
    Histogram,
}

impl InstrumentKind {
    /// Returns the name, such as `counter`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::UpDownCounter => "updown counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }

    /// Returns whether an instrument of this kind accepts a value.
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
    /// The schema of a library's instrument, which measures with attribute sets.
    schema_url: Option<&'static str>,
    continues: bool,
}

impl Instrument {
    const fn new(kind: InstrumentKind, site: &'static Site, text: &'static str) -> Self {
        Self { kind, site, text, buckets: &[], schema_url: None, continues: false }
    }

    /// Creates a counter, which adds up non-negative values.
    pub const fn counter(site: &'static Site, text: &'static str) -> Self {
        Self::new(InstrumentKind::Counter, site, text)
    }

    /// Creates an up-down counter, which adds up values.
    pub const fn updown(site: &'static Site, text: &'static str) -> Self {
        Self::new(InstrumentKind::UpDownCounter, site, text)
    }

    /// Creates a gauge, which keeps the last value.
    pub const fn gauge(site: &'static Site, text: &'static str) -> Self {
        Self::new(InstrumentKind::Gauge, site, text)
    }

    /// Creates a histogram, which counts values by size.
    pub const fn histogram(site: &'static Site, text: &'static str) -> Self {
        Self::new(InstrumentKind::Histogram, site, text)
    }

    /// Sets the boundaries of a histogram.
    pub const fn buckets(mut self, boundaries: &'static [f64]) -> Self {
        check_boundaries(boundaries);
        self.buckets = boundaries;
        self
    }

    /// Makes it an instrument of a library by this schema: the label of its values is the number of
    /// an [`AttributeSet`](super::AttributeSet).
    pub const fn of_library(mut self, schema_url: &'static str) -> Self {
        self.schema_url = Some(schema_url);
        self
    }

    /// Continues its sums in the next pipeline, for counts of what has begun and not ended.
    pub const fn continued(mut self) -> Self {
        self.continues = true;
        self
    }

    #[inline(always)]
    /// Returns the kind of the instrument.
    pub fn kind(&self) -> InstrumentKind {
        self.kind
    }

    /// Returns the parsed site of its function.
    pub fn site(&self) -> &'static SiteInfo {
        self.site.info()
    }

    /// Returns the site of its function.
    pub fn place(&self) -> &'static Site {
        self.site
    }

    /// Returns the name of the metric.
    pub fn name(&self) -> &'static str {
        self.field(0)
    }

    /// Returns the unit of its values; empty if it has none.
    pub fn unit(&self) -> &'static str {
        self.field(1)
    }

    /// Returns the description of the metric; empty if it has none.
    pub fn description(&self) -> &'static str {
        self.field(2)
    }

    fn field(&self, index: usize) -> &'static str {
        self.text.split('\0').nth(index).unwrap_or_default()
    }

    /// Returns the keys of its labels.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.text.split('\0').skip(3)
    }

    /// Returns the boundaries of its histogram; empty: the common ones.
    pub fn boundaries(&self) -> &'static [f64] {
        self.buckets
    }

    /// Returns the URL of its schema; `None`: it is not an instrument of a library.
    pub fn schema_url(&self) -> Option<&'static str> {
        self.schema_url
    }

    /// Returns whether its sums continue in the next pipeline.
    pub fn is_continued(&self) -> bool {
        self.continues
    }
}
