//! Views, which change the metrics of some instruments.

use super::common::IncludeExclude;
use super::describe::{names, records, unions};

records! {
    /// A change to the metrics of the instruments that a selector matches.
    View {
        required {
            /// The instruments.
            selector: ViewSelector;
            /// Their metrics.
            stream: ViewStream;
        }
    }

    /// The instruments of a view. All criteria must be met.
    ViewSelector {
        /// A pattern of names. `*` stands for any characters and `?` for one.
        instrument_name: String [null] => "any";
        /// The kind of instrument.
        instrument_type: InstrumentType [null] => "any";
        /// The unit.
        unit: String [null] => "any";
        /// The name of the meter.
        meter_name: String [null] => "any";
        /// The version of the meter.
        meter_version: String [null] => "any";
        /// The schema URL of the meter.
        meter_schema_url: String [null] => "any";
    }

    /// The metrics of a view's instruments.
    ViewStream {
        /// The name of the metric.
        name: String [null] => "the name of the instrument";
        /// The description of the metric.
        description: String [null] => "the description of the instrument";
        /// The aggregation.
        aggregation: Aggregation => "default";
        /// The maximum number of series.
        aggregation_cardinality_limit: u64 [null, min(1)] => "the reader's limit";
        /// The attributes that are kept.
        attribute_keys: IncludeExclude => "all";
    }

    /// The aggregation that fits the instrument.
    DefaultAggregation, null {}
    /// No aggregation: measurements are dropped.
    DropAggregation, null {}
    /// The last value.
    LastValueAggregation, null {}
    /// The sum.
    SumAggregation, null {}

    /// A histogram with explicit buckets.
    ExplicitBucketHistogramAggregation, null {
        /// The upper bounds of the buckets.
        boundaries: Vec<f64> => "0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000";
        /// Whether the minimum and the maximum are recorded.
        record_min_max: bool [null] = true;
    }

    /// A histogram with exponential buckets.
    Base2ExponentialBucketHistogramAggregation, null {
        /// The maximum scale.
        max_scale: i64 [null, min(-10), max(20)] = 20;
        /// The maximum number of buckets for positive and for negative values each.
        max_size: u64 [null, min(2)] = 160;
        /// Whether the minimum and the maximum are recorded.
        record_min_max: bool [null] = true;
    }
}

unions! {
    /// An aggregation.
    Aggregation {
        /// The one that fits the instrument.
        Default(DefaultAggregation) = "default";
        /// None: measurements are dropped.
        Drop(DropAggregation) = "drop";
        /// A histogram with explicit buckets.
        ExplicitBucketHistogram(ExplicitBucketHistogramAggregation) = "explicit_bucket_histogram";
        /// A histogram with exponential buckets.
        Base2ExponentialBucketHistogram(Base2ExponentialBucketHistogramAggregation) = "base2_exponential_bucket_histogram";
        /// The last value.
        LastValue(LastValueAggregation) = "last_value";
        /// The sum.
        Sum(SumAggregation) = "sum";
    }
}

names! {
    /// The kind of an instrument.
    InstrumentType {
        /// A counter.
        Counter = "counter";
        /// A gauge.
        Gauge = "gauge";
        /// A histogram.
        Histogram = "histogram";
        /// An observable counter.
        ObservableCounter = "observable_counter";
        /// An observable gauge.
        ObservableGauge = "observable_gauge";
        /// An observable up-down counter.
        ObservableUpDownCounter = "observable_up_down_counter";
        /// An up-down counter.
        UpDownCounter = "up_down_counter";
    }
}
