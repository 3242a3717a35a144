//! The typed model of a configuration.
//!
//! Each type of the schema is a struct, or an enum where one of several keys is chosen. A field is `Option`
//! unless the schema requires it. Where the schema treats an absent and a null value alike, both are `None`.
//! Where `null` selects a component with its defaults, as in `console:`, the component is present.
//!
//! Structs have a field `at`, the [`Place`] from which they were read. It does not take part in comparisons.

pub mod common;
pub(crate) mod describe;
pub mod distribution;
pub mod exporters;
pub mod instrumentation;
pub mod logger;
pub mod meter;
pub mod propagator;
pub mod resource;
pub mod sampler;
pub mod tracer;
mod values;
pub mod view;

pub use self::values::{AttributeValue, ByName, Extension, Secret};
#[doc(no_inline)]
pub use crate::node::{Node, Place};

use self::common::{AttributeLimits, SeverityNumber};
use self::describe::records;
use self::distribution::Distribution;
use self::instrumentation::Instrumentation;
use self::logger::LoggerProvider;
use self::meter::MeterProvider;
use self::propagator::Propagator;
use self::resource::Resource;
use self::tracer::TracerProvider;

records! {
    /// A whole configuration.
    Configuration as "OpenTelemetryConfiguration" {
        required {
            /// The version of the schema, such as `1.2`.
            file_format: String;
        }
        /// Whether the SDK is disabled.
        disabled: bool [null] = false;
        /// The level of the SDK's diagnostics.
        log_level: SeverityNumber [null] = "info";
        /// Limits on the attributes of all signals.
        attribute_limits: AttributeLimits => "the defaults of its keys";
        /// Log records.
        logger_provider: LoggerProvider => "log records are dropped";
        /// Metrics.
        meter_provider: MeterProvider => "metrics are dropped";
        /// The propagation of contexts.
        propagator: Propagator => "contexts are not propagated";
        /// Spans.
        tracer_provider: TracerProvider => "spans are dropped";
        /// The resource of all signals.
        resource: Resource => "the default resource";
        /// Instrumentation libraries.
        instrumentation as "instrumentation/development": Instrumentation => "the libraries' defaults";
        /// What distributions add.
        distribution: Distribution => "the distributions' defaults";
        rest extensions: any;
    }
}
