//! Asserts on all metrics of a source.

use super::{CardinalityAssert, conventions, identities};
use crate::model::Metric;
use crate::recorded::Recorded;
use crate::report::{Report, hold};
use crate::snapshot_file::SnapshotFile;
use std::panic::Location;

/// All recorded metrics; returned by [`Recorded::metrics`].
///
/// ```
/// # #[cfg(feature = "metrics")] {
/// # use opentelemetry::metrics::MeterProvider as _;
/// let t = trace_testkit::capture();
/// let orders = t.meter_provider().meter("shop").u64_counter("orders").build();
/// orders.add(3, &[]);
/// t.metrics().baseline();
/// orders.add(1, &[]);
///
/// assert_eq!(t.metrics().names(), ["orders"]);
/// t.counter("orders").delta(1).total(4);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Metrics {
    recorded: Recorded,
}

impl Metrics {
    pub(super) fn new(recorded: Recorded) -> Self {
        Self { recorded }
    }

    /// Counts from now on: `delta`, `count` and other assertions on values then cover what is measured
    /// after this call. Before the first call they cover everything.
    pub fn baseline(&self) {
        self.recorded.set_baseline();
    }

    /// Returns the metrics as data, sorted by name.
    #[must_use]
    pub fn all(&self) -> Vec<Metric> {
        self.recorded.sorted_metrics()
    }

    /// Returns their names, each once, in alphabetical order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.all().into_iter().map(|metric| metric.name).collect();
        names.dedup();
        names
    }

    /// Asserts on the number of series of the metric of this name.
    #[must_use = "nothing is asserted yet"]
    pub fn cardinality(&self, name: impl Into<String>) -> CardinalityAssert {
        CardinalityAssert::new(self.recorded.metric(name).selection)
    }

    /// Describes the metrics without their values: kind, unit, instrumentation scope, description and
    /// attribute keys, as text that is the same in every run.
    ///
    /// A key with `?` is missing from some series.
    ///
    /// ```
    /// # #[cfg(feature = "metrics")] {
    /// # use opentelemetry::{KeyValue, metrics::MeterProvider as _};
    /// let t = trace_testkit::capture();
    /// let meter = t.meter_provider().meter("shop");
    /// let orders = meter.u64_counter("orders").with_unit("{order}").build();
    /// orders.add(1, &[KeyValue::new("plan", "pro")]);
    ///
    /// assert_eq!(t.metrics().identities(), "counter orders, in {order}, by shop\n  keys: plan\n");
    /// # }
    /// ```
    #[must_use]
    pub fn identities(&self) -> String {
        identities::text(&self.all())
    }

    /// Asserts that the [`identities`](Self::identities) equal the snapshot beside the test:
    /// `snapshots/FILE__FUNCTION.metrics.snap`, named after where this is called.
    ///
    /// The file has the format of [insta](https://insta.rs). If it is missing or differs, a `.snap.new`
    /// is written, which you accept by `cargo insta review` or by renaming it. `INSTA_UPDATE=always`
    /// accepts at once; nothing is written with `INSTA_UPDATE=no`, or if `CI` is set. With insta as a
    /// dependency, `insta::assert_snapshot!(t.metrics().identities())` works too.
    ///
    /// # Panics
    /// If they differ, or there is no snapshot yet.
    #[track_caller]
    pub fn assert_identities_snapshot(&self) {
        hold(self.try_assert_identities_snapshot());
    }

    /// Like [`assert_identities_snapshot`](Self::assert_identities_snapshot), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    #[track_caller]
    pub fn try_assert_identities_snapshot(&self) -> Result<(), Report> {
        let file =
            SnapshotFile::beside(Location::caller(), "metrics", "assert_identities_snapshot");
        file.compare(&self.identities(), "t.metrics().identities()")
    }

    /// Asserts that names, units and attribute keys follow OpenTelemetry's
    /// [naming rules](https://opentelemetry.io/docs/specs/semconv/general/naming/) and its
    /// [rules on metrics](https://opentelemetry.io/docs/specs/semconv/general/metrics/).
    ///
    /// # Panics
    /// If one does not; the report lists every breach with its remedy.
    #[track_caller]
    pub fn follow_conventions(&self) {
        hold(self.try_follow_conventions());
    }

    /// Like [`follow_conventions`](Self::follow_conventions), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_follow_conventions(&self) -> Result<(), Report> {
        conventions::check(&self.all())
    }
}
