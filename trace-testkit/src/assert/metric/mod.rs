//! Asserts on metrics.
//!
//! A metric is selected by its name and kind, its series by their attributes; each assertion covers all
//! selected series. Counts start at the baseline: at the beginning, until [`Metrics::baseline`] moves
//! it.

mod all;
mod cardinality;
mod conventions;
mod distribution;
mod draw;
mod gauge;
mod histogram;
mod identities;
mod identity;
mod number;
mod select;
mod sum;
mod window;

pub use all::Metrics;
pub use cardinality::CardinalityAssert;

use crate::matcher::Match;
use crate::model::InstrumentKind::{self, *};
use crate::recorded::Recorded;
use select::Selection;
use std::fmt;
use std::marker::PhantomData;

/// Assertions on the series of one metric. `K` is the kind it was selected as, which decides what can
/// be asserted besides its identity.
///
/// Each assertion returns the metric, so that others can follow.
#[derive(Clone)]
pub struct MetricAssert<K> {
    selection: Selection,
    kind: PhantomData<K>,
}

/// Counters and up-down counters.
#[derive(Clone, Copy, Debug)]
pub enum Sums {}

/// Gauges.
#[derive(Clone, Copy, Debug)]
pub enum Gauges {}

/// Histograms, of explicit or exponential buckets.
#[derive(Clone, Copy, Debug)]
pub enum Histograms {}

/// Metrics of any kind.
#[derive(Clone, Copy, Debug)]
pub enum AnyKind {}

impl Recorded {
    /// Returns all metrics: their names, identities and baseline.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        Metrics::new(self.clone())
    }

    /// Selects the counter of this name.
    ///
    /// ```
    /// # #[cfg(feature = "metrics")] {
    /// # use opentelemetry::{KeyValue, metrics::MeterProvider as _};
    /// let t = trace_testkit::capture();
    /// let orders = t.meter_provider().meter("shop").u64_counter("orders").build();
    /// orders.add(2, &[KeyValue::new("plan", "pro")]);
    ///
    /// t.counter("orders").with("plan", "pro").delta(2);
    /// t.counter("orders").with("plan", "free").none();
    /// # }
    /// ```
    #[must_use = "nothing is asserted yet"]
    pub fn counter(&self, name: impl Into<String>) -> MetricAssert<Sums> {
        self.metric_of(name, "counter", &[Counter])
    }

    /// Selects the up-down counter of this name.
    ///
    /// ```
    /// # #[cfg(feature = "metrics")] {
    /// # use opentelemetry::metrics::MeterProvider as _;
    /// let t = trace_testkit::capture();
    /// let open = t.meter_provider().meter("shop").i64_up_down_counter("carts.open").build();
    /// open.add(1, &[]);
    /// open.add(-1, &[]);
    ///
    /// t.up_down_counter("carts.open").delta(0);
    /// # }
    /// ```
    #[must_use = "nothing is asserted yet"]
    pub fn up_down_counter(&self, name: impl Into<String>) -> MetricAssert<Sums> {
        self.metric_of(name, "up-down counter", &[UpDownCounter])
    }

    /// Selects the gauge of this name.
    ///
    /// ```
    /// # #[cfg(feature = "metrics")] {
    /// # use opentelemetry::metrics::MeterProvider as _;
    /// use trace_testkit::matcher::gt;
    ///
    /// let t = trace_testkit::capture();
    /// t.meter_provider().meter("shop").u64_gauge("depth").build().record(7, &[]);
    ///
    /// t.gauge("depth").value(gt(3));
    /// # }
    /// ```
    #[must_use = "nothing is asserted yet"]
    pub fn gauge(&self, name: impl Into<String>) -> MetricAssert<Gauges> {
        self.metric_of(name, "gauge", &[Gauge])
    }

    /// Selects the histogram of this name.
    ///
    /// ```
    /// # #[cfg(feature = "metrics")] {
    /// # use opentelemetry::metrics::MeterProvider as _;
    /// use trace_testkit::matcher::{lt, ms};
    ///
    /// let t = trace_testkit::capture();
    /// let meter = t.meter_provider().meter("shop");
    /// let duration = meter.f64_histogram("checkout.duration").with_unit("s").build();
    /// duration.record(0.08, &[]);
    ///
    /// t.histogram("checkout.duration").unit("s").count(1).each(lt(ms(200)));
    /// # }
    /// ```
    #[must_use = "nothing is asserted yet"]
    pub fn histogram(&self, name: impl Into<String>) -> MetricAssert<Histograms> {
        self.metric_of(name, "histogram", &[Histogram, ExponentialHistogram])
    }

    /// Selects the metric of this name, of any kind.
    ///
    /// ```
    /// # #[cfg(feature = "metrics")] {
    /// # use opentelemetry::metrics::MeterProvider as _;
    /// let t = trace_testkit::capture();
    /// t.meter_provider().meter("shop").u64_counter("orders").build().add(1, &[]);
    ///
    /// t.metric("orders").scope("shop").unit("").monotonic();
    /// # }
    /// ```
    #[must_use = "nothing is asserted yet"]
    pub fn metric(&self, name: impl Into<String>) -> MetricAssert<AnyKind> {
        const ALL: &[InstrumentKind] =
            &[Counter, UpDownCounter, Gauge, Histogram, ExponentialHistogram];
        self.metric_of(name, "metric", ALL)
    }

    fn metric_of<K>(
        &self,
        name: impl Into<String>,
        what: &'static str,
        kinds: &'static [InstrumentKind],
    ) -> MetricAssert<K> {
        let (recorded, name) = (self.clone(), name.into());
        let (scope, with) = (None, Vec::new());
        let selection = Selection { recorded, name, what, kinds, scope, with };
        MetricAssert { selection, kind: PhantomData }
    }
}

impl<K> MetricAssert<K> {
    /// Narrows to series whose attribute `key` matches; other attributes are ignored.
    #[must_use = "nothing is asserted yet"]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<Match>) -> Self {
        self.selection.with.push((key.into(), Some(value.into())));
        self
    }

    /// Narrows to series without the attribute `key`.
    #[must_use = "nothing is asserted yet"]
    pub fn without(mut self, key: impl Into<String>) -> Self {
        self.selection.with.push((key.into(), None));
        self
    }
}

impl<K> fmt::Debug for MetricAssert<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MetricAssert({})", self.selection.describe())
    }
}
