//! The tracer provider: processors, limits, identifiers, and which tracers are enabled.

use super::Extension;
use super::describe::{records, unions};
use super::exporters::SpanExporter;
use super::sampler::Sampler;

records! {
    /// The recording and export of spans.
    TracerProvider {
        required {
            /// The processors of spans.
            processors: Vec<SpanProcessor> [items(1)];
        }
        /// Limits on the data of a span.
        limits: SpanLimits => "the defaults of its keys";
        /// The sampler.
        sampler: Sampler => "parent_based, with always_on for roots";
        /// The generator of trace and span ids.
        id_generator: IdGenerator => "random";
        /// Which tracers are enabled.
        tracer_configurator as "tracer_configurator/development": TracerConfigurator => "all are enabled";
    }

    /// A processor that exports spans in batches.
    BatchSpanProcessor {
        required {
            /// The exporter.
            exporter: SpanExporter;
        }
        /// The delay between two exports, in milliseconds.
        schedule_delay: u64 [null, min(0)] = 5000;
        /// The maximum duration of an export, in milliseconds; 0 for no limit.
        export_timeout: u64 [null, min(0)] = 30000;
        /// The maximum number of spans that wait.
        max_queue_size: u64 [null, min(1)] = 2048;
        /// The maximum number of spans in a batch.
        max_export_batch_size: u64 [null, min(1)] = 512;
    }

    /// A processor that exports each span when it ends.
    SimpleSpanProcessor {
        required {
            /// The exporter.
            exporter: SpanExporter;
        }
    }

    /// Limits on the data of a span. They override `attribute_limits`.
    SpanLimits {
        /// The maximum length of a string value, in characters.
        attribute_value_length_limit: u64 [null, min(0)] => "no limit";
        /// The maximum depth of nested values; deeper ones become empty.
        attribute_value_depth_limit: u64 [null, min(1)] = 64;
        /// The maximum number of attributes of a span.
        attribute_count_limit: u64 [null, min(0)] = 128;
        /// The maximum number of events of a span.
        event_count_limit: u64 [null, min(0)] = 128;
        /// The maximum number of links of a span.
        link_count_limit: u64 [null, min(0)] = 128;
        /// The maximum number of attributes of an event.
        event_attribute_count_limit: u64 [null, min(0)] = 128;
        /// The maximum number of attributes of a link.
        link_attribute_count_limit: u64 [null, min(0)] = 128;
    }

    /// Random trace and span ids.
    RandomIdGenerator, null {}

    /// Which tracers are enabled.
    TracerConfigurator as "ExperimentalTracerConfigurator" {
        /// The configuration of tracers that match no entry of `tracers`.
        default_config: TracerConfig => "enabled";
        /// Configurations of tracers by name; the first match decides.
        tracers: Vec<TracerMatcherAndConfig> [items(1)] => "all have the default configuration";
    }

    /// The configuration of the tracers whose names match.
    TracerMatcherAndConfig as "ExperimentalTracerMatcherAndConfig" {
        required {
            /// A pattern of names. `*` stands for any characters and `?` for one.
            name: String;
            /// The configuration.
            config: TracerConfig;
        }
    }

    /// The configuration of a tracer.
    TracerConfig as "ExperimentalTracerConfig" {
        /// Whether spans are recorded.
        enabled: bool = true;
    }
}

unions! {
    /// A processor of spans.
    SpanProcessor, Extension {
        /// Exports in batches.
        Batch(BatchSpanProcessor) = "batch";
        /// Exports each span when it ends.
        Simple(SimpleSpanProcessor) = "simple";
    }

    /// A generator of trace and span ids.
    IdGenerator, Extension {
        /// Random ids.
        Random(RandomIdGenerator) = "random";
    }
}
