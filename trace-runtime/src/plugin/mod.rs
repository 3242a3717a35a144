//! Plug-ins: components of the program that a configuration file names.
//!
//! A file refers to a plug-in by a key that the schema does not define, where it would otherwise name an exporter, a
//! sampler, a detector and so on. The program registers a function that creates the component from the properties
//! below that key ([specification](https://opentelemetry.io/docs/specs/otel/configuration/sdk/#plugincomponentprovider)).
//!
//! ```
//! use serde::Deserialize;
//! use trace_runtime::Telemetry;
//! use trace_runtime::plugin::Plugin;
//! use trace_runtime::sampling::{Composite, Probability};
//!
//! #[derive(Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Share {
//!     percent: f64,
//! }
//!
//! // sampler: { percentage: { percent: 5 } }
//! let percentage = Plugin::sampler("percentage", |properties| {
//!     let Share { percent } = properties.node().deserialize()?;
//!     let share = Probability::new(percent / 100.0).map_err(|error| properties.error("percent", error))?;
//!     Ok(Composite::new(share))
//! });
//! let builder = Telemetry::builder().with_plugin(percentage);
//! # drop(builder);
//! ```
//!
//! An error of a plug-in is shown like one of the file: with line, column and the line itself. A component that
//! neither the schema nor a plug-in defines is an error that lists the known ones.
//!
//! | type in the schema | registered by | what it creates |
//! |---|---|---|
//! | `ExperimentalResourceDetector` | [`Plugin::resource_detector`] | a detector, which runs on a separate thread |
//! | `TextMapPropagator` | [`Plugin::propagator`] | a [`Propagator`] |
//! | `Sampler` | [`Plugin::sampler`] | a [`Sampler`] |
//! | `ExperimentalComposableSampler` | [`Plugin::composable_sampler`] | a [`Composable`] |
//! | `SpanExporter` | [`Plugin::span_exporter`] | an [`Exporter`], on a separate thread behind the queue of its processor |
//! | `SpanProcessor` | [`Plugin::span_processor`] | an [`Exporter`] that gets each span when it ends |
//! | `LogRecordExporter` | [`Plugin::log_exporter`] | a stock exporter of log records |
//! | `LogRecordProcessor` | [`Plugin::log_processor`] | a stock processor of log records |
//! | `PushMetricExporter` | [`Plugin::metric_exporter`] | a stock exporter of metrics |
//! | `PullMetricExporter` | [`Plugin::metric_reader`] | a stock reader of metrics |
//!
//! There are no plug-ins for `IdGenerator` and `MetricProducer`, which are left out with a warning: ids are computed
//! from counts of each thread, and the SDK's readers read its provider alone.
//
// | file | contents |
// |---|---|
// | `properties.rs` | what a plug-in gets, and its errors |
// | `registry.rs` | the plug-ins of a program |
// | `used.rs` | a plug-in that a file names |
// | `stock.rs` | stock exporters and readers of metrics |

mod properties;
mod registry;
#[cfg(feature = "metrics")]
mod stock;
mod used;

pub use properties::{PluginError, Properties};
#[doc(no_inline)]
pub use trace_config::DeserializeError;
#[doc(no_inline)]
pub use trace_config::model::{Node, Place};

pub(crate) use registry::{Kind, Plugins};
#[cfg(feature = "metrics")]
pub(crate) use stock::StockReader;
pub(crate) use used::Used;

#[cfg(feature = "logs")]
use crate::export::EmittedLog;
use crate::export::Exporter;
#[cfg(feature = "metrics")]
use crate::export::MetricExporter;
#[cfg(feature = "logs")]
use crate::export::StockExporter;
use crate::propagation::Propagator;
use crate::resource::ResourceDetector;
use crate::sampling::{Composable, Sampler};
#[cfg(feature = "logs")]
use opentelemetry_sdk::logs::{LogExporter, LogProcessor};
#[cfg(feature = "metrics")]
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
#[cfg(feature = "metrics")]
use opentelemetry_sdk::metrics::reader::MetricReader;
use std::fmt;
use std::sync::Arc;

/// A component that files may name, for [`TelemetryBuilder::with_plugin`](crate::TelemetryBuilder::with_plugin).
#[derive(Clone)]
pub struct Plugin {
    name: Arc<str>,
    create: Create,
}

/// Creates a component from its properties.
type Make<T> = Arc<dyn Fn(&Properties<'_>) -> Result<T, PluginError> + Send + Sync>;

/// The kinds of components, with the functions that create one.
#[derive(Clone)]
pub(crate) enum Create {
    ResourceDetector(Make<Box<dyn ResourceDetector + Send>>),
    Propagator(Make<Box<dyn Propagator>>),
    Sampler(Make<Box<dyn Sampler>>),
    ComposableSampler(Make<Box<dyn Composable>>),
    SpanExporter(Make<Box<dyn Exporter>>),
    SpanProcessor(Make<Box<dyn Exporter>>),
    #[cfg(feature = "logs")]
    LogExporter(Make<Box<dyn Exporter<EmittedLog>>>),
    #[cfg(feature = "logs")]
    LogProcessor(Make<Box<dyn LogProcessor>>),
    #[cfg(feature = "metrics")]
    MetricExporter(Make<Box<dyn MetricExporter>>),
    #[cfg(feature = "metrics")]
    MetricReader(Make<StockReader>),
}

/// Defines the constructor of a kind whose components are used as they are.
macro_rules! constructor {
    ($(#[$docs:meta])* $constructor:ident, $kind:ident, $component:ident $(+ $and:ident)?) => {
        $(#[$docs])*
        pub fn $constructor<T: $component $(+ $and)? + 'static>(
            name: impl Into<String>,
            create: impl Fn(&Properties<'_>) -> Result<T, PluginError> + Send + Sync + 'static,
        ) -> Self {
            let create = move |properties: &Properties<'_>| {
                Ok(Box::new(create(properties)?) as Box<dyn $component $(+ $and)?>)
            };
            Self { name: name.into().into(), create: Create::$kind(Arc::new(create)) }
        }
    };
}

impl Plugin {
    constructor! {
        /// Makes a detector of resource attributes known by this name. It runs on a separate thread, and gives way
        /// to attributes that the file and the program set.
        resource_detector, ResourceDetector, ResourceDetector + Send
    }
    constructor! {
        /// Makes a format of contexts known by this name.
        propagator, Propagator, Propagator
    }
    constructor! {
        /// Makes a sampler known by this name.
        sampler, Sampler, Sampler
    }
    constructor! {
        /// Makes a composable sampler known by this name, such as for `composite/development`.
        composable_sampler, ComposableSampler, Composable
    }
    constructor! {
        /// Makes an exporter of spans known by this name. It runs on a separate thread behind the queue of its
        /// processor. [`StockExporter`] wraps stock exporters.
        span_exporter, SpanExporter, Exporter
    }
    constructor! {
        /// Makes a processor of spans known by this name. It runs on a separate thread, and gets spans when they
        /// have ended.
        span_processor, SpanProcessor, Exporter
    }
    #[cfg(feature = "logs")]
    constructor! {
        /// Makes a stock processor of log records known by this name. It is called on the emitting thread, before
        /// the exporters.
        log_processor, LogProcessor, LogProcessor
    }

    /// Makes a stock exporter of log records known by this name. It runs on a separate thread behind the queue of
    /// its processor.
    #[cfg(feature = "logs")]
    pub fn log_exporter<T: LogExporter + 'static>(
        name: impl Into<String>,
        create: impl Fn(&Properties<'_>) -> Result<T, PluginError> + Send + Sync + 'static,
    ) -> Self {
        let name: Arc<str> = name.into().into();
        let shown = format!("{name} logs");
        let create = move |properties: &Properties<'_>| {
            let exporter = StockExporter::new(shown.clone(), create(properties)?);
            Ok(Box::new(exporter) as Box<dyn Exporter<EmittedLog>>)
        };
        Self { name, create: Create::LogExporter(Arc::new(create)) }
    }

    /// Makes a stock exporter of metrics known by this name. It runs on a separate thread, at the interval of its
    /// reader.
    #[cfg(feature = "metrics")]
    pub fn metric_exporter<T: PushMetricExporter>(
        name: impl Into<String>,
        create: impl Fn(&Properties<'_>) -> Result<T, PluginError> + Send + Sync + 'static,
    ) -> Self {
        let name: Arc<str> = name.into().into();
        let shown = format!("{name} metrics");
        let create = move |properties: &Properties<'_>| {
            let exporter = stock::StockMetrics::new(shown.clone(), create(properties)?);
            Ok(Box::new(exporter) as Box<dyn MetricExporter>)
        };
        Self { name, create: Create::MetricExporter(Arc::new(create)) }
    }

    /// Makes a stock reader of metrics known by this name, which fetches metrics when it chooses.
    #[cfg(feature = "metrics")]
    pub fn metric_reader<T: MetricReader>(
        name: impl Into<String>,
        create: impl Fn(&Properties<'_>) -> Result<T, PluginError> + Send + Sync + 'static,
    ) -> Self {
        let create = move |properties: &Properties<'_>| Ok(StockReader::new(create(properties)?));
        Self { name: name.into().into(), create: Create::MetricReader(Arc::new(create)) }
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.create {
            Create::ResourceDetector(_) => Kind::ResourceDetector,
            Create::Propagator(_) => Kind::Propagator,
            Create::Sampler(_) => Kind::Sampler,
            Create::ComposableSampler(_) => Kind::ComposableSampler,
            Create::SpanExporter(_) => Kind::SpanExporter,
            Create::SpanProcessor(_) => Kind::SpanProcessor,
            #[cfg(feature = "logs")]
            Create::LogExporter(_) => Kind::LogExporter,
            #[cfg(feature = "logs")]
            Create::LogProcessor(_) => Kind::LogProcessor,
            #[cfg(feature = "metrics")]
            Create::MetricExporter(_) => Kind::MetricExporter,
            #[cfg(feature = "metrics")]
            Create::MetricReader(_) => Kind::MetricReader,
        }
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind().schema(), self.name)
    }
}
