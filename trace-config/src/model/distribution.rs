//! The section `distribution`, whose key `trace-rs` has the settings that the schema has no keys for.

use super::ByName;
use super::describe::{names, records};
use super::exporters::SpanExporter;
use super::sampler::{SpanKind, SpanParent};

records! {
    /// Settings that the schema has no keys for, by distribution.
    Distribution {
        /// Those of trace-runtime.
        trace_rs as "trace-rs": TraceRs => "the defaults of its keys";
        rest others: some_objects;
    }

    /// The settings of trace-runtime that the schema has no keys for.
    TraceRs {
        /// The maximum memory of spans and log records, in bytes.
        memory_limit: u64 [null, min(1048576)] = 268435456;
        /// The maximum number and size of open spans.
        open_spans: OpenSpans => "262144 spans, and a quarter of memory_limit";
        /// The maximum size of each thread's ring, in bytes.
        ring_bytes: u64 [null, min(4096)] = 4194304;
        /// The maximum number of series of each function and each instrument.
        series_limit: u64 [null, min(1)] = 2000;
        /// The maximum duration of a shutdown, in milliseconds.
        shutdown_timeout: u64 [null, min(0)] = 5000;
        /// Whether a line at start-up reports what is exported, and to where.
        startup_line: bool [null] = true;
        /// The spans that have `code.*` attributes.
        code_attributes: CodeAttributes [null] = "errors";
        /// Whether the pipeline exports metrics about itself.
        own_metrics: bool [null] = true;
        /// Baggage that is copied, and baggage that is trusted.
        baggage: Baggage => "none";
        /// Rules for whether a trace is recorded; the first match decides. Spans that none matches are
        /// left to the sampler.
        rules: Vec<Rule> [items(1)] => "none";
        /// Which traces are kept once they have ended.
        tail_sampling: TailSampling => "all that are sampled";
        /// Exporters of tenants. The other exporters get the rest.
        tenant_routes: TenantRoutes => "none";
        /// Recent spans, kept or dropped, for snapshots.
        snapshot: Snapshot => "the defaults of its keys, with tail sampling";
        /// The share of root spans that are recorded at all.
        canary: Canary => "all";
        /// The most verbose levels of functions that have spans.
        levels: Levels => "the defaults of its keys";
        /// Switches for parts of telemetry.
        switches: Switches => "everything is on";
        /// Overrides by the value of the resource's `deployment.environment.name`.
        profiles: ByName<Profile> => "none";
    }

    /// The maximum number and size of open spans.
    OpenSpans {
        /// The maximum number of spans.
        count: u64 [null, min(1)] = 262144;
        /// The maximum size of their data, in bytes.
        bytes: u64 [null, min(1)] => "a quarter of memory_limit";
    }

    /// Keys of baggage that is copied, and of baggage that is trusted.
    Baggage {
        /// The keys that are copied to attributes of root spans.
        attributes: Vec<String> => "none";
        /// The keys that are copied to labels of metrics.
        labels: Vec<String> => "none";
        /// The maximum number of values of a label.
        label_cap: u64 [null, min(1)] = 100;
        /// The keys that are copied to attributes of log records.
        log_attributes: Vec<String> => "none";
        /// The keys that decide about levels, rules and tenants also if they come from other services.
        trusted: Vec<String> => "none";
    }

    /// A share of traces, and the spans that it applies to. All conditions must be met. In patterns, `*`
    /// stands for any characters and `?` for one.
    Rule {
        required {
            /// The share of the traces that begin with these spans; spans with a parent follow it.
            share: f64 [min(0), max(1)];
        }
        /// The most verbose level of functions that have spans in these traces.
        level: Level [null] => "that of levels";
        /// Patterns of span names.
        names: Vec<String> [items(1)] => "any";
        /// Patterns of instrumentation scopes.
        scopes: Vec<String> [items(1)] => "any";
        /// Patterns of module paths.
        modules: Vec<String> [items(1)] => "any";
        /// Kinds of spans.
        kinds: Vec<SpanKind> [items(1)] => "any";
        /// Kinds of parents.
        parents: Vec<SpanParent> [items(1)] => "any";
        /// Attributes with which the span begins.
        attributes: Vec<AttributePatterns> [items(1)] => "any";
        /// Baggage under which the span begins.
        baggage: Vec<BaggagePatterns> [items(1)] => "any";
    }

    /// Patterns for the value of an attribute.
    AttributePatterns {
        required {
            /// The attribute.
            key: String;
        }
        /// Values that match exactly.
        values: Vec<String> [items(1)] => "none";
        /// Patterns that match.
        included: Vec<String> [items(1)] => "all, without values";
        /// Patterns that do not match.
        excluded: Vec<String> [items(1)] => "none";
    }

    /// Patterns for the value of a baggage entry.
    BaggagePatterns {
        required {
            /// The entry.
            key: String;
            /// Patterns, one of which must match.
            patterns: Vec<String> [items(1)];
        }
    }

    /// Which traces are kept once they have ended.
    TailSampling {
        required {
            /// The share of the traces that are kept if nothing speaks for them.
            share: f64 [min(0), max(1)];
        }
        /// Whether traces with errors are kept.
        errors: bool [null] = true;
        /// The duration from which a trace is slow and kept, in milliseconds.
        slow: u64 [null, min(0)] => "none is slow";
        /// Such durations by the name of the local root; the first match decides.
        slow_named: Vec<SlowNamed> [items(1)] => "none";
        /// Whether traces are kept that take longer than 99 % of those of the same name.
        unusual_durations: bool [null] = false;
        /// Attributes for which a trace is kept.
        attributes: Vec<KeptAttribute> [items(1)] => "none";
        /// Patterns of events for which a trace is kept.
        events: Vec<String> [items(1)] => "none";
        /// The maximum number of spans per second that are kept by the share.
        budget: f64 [null, min(0)] => "no limit";
        /// The maximum number of spans per second that are kept for another reason.
        reserve: f64 [null, min(0)] => "no limit";
        /// The time that a trace waits for its last open span, in milliseconds.
        timeout: u64 [null, min(0)] = 30000;
        /// The maximum size of undecided spans, in bytes.
        bytes: u64 [null, min(1)] => "an eighth of memory_limit";
        /// What is kept of each tenant.
        tenants: Tenants => "tenants are not distinguished";
    }

    /// The duration from which traces of some names are slow.
    SlowNamed {
        required {
            /// A pattern for the name of the local root.
            name: String;
            /// The duration, in milliseconds.
            limit: u64 [min(0)];
        }
    }

    /// An attribute for which a trace is kept.
    KeptAttribute {
        required {
            /// The attribute.
            key: String;
        }
        /// A pattern for its value.
        pattern: String [null] = "*";
    }

    /// What is kept of each tenant.
    Tenants {
        /// The attribute of local roots that names the tenant.
        key: String [null] = "tenant";
        /// The maximum number of tenants that are distinguished.
        most: u64 [null, min(1)] = 1000;
        /// The limits of a tenant without separate ones.
        default: TenantLimits => "no limits";
        /// The limits of single tenants.
        named: ByName<TenantLimits> => "none";
    }

    /// What is kept of one tenant.
    TenantLimits {
        /// The share of the traces that are kept if nothing speaks for them.
        share: f64 [null, min(0), max(1)] => "the share of all";
        /// The maximum number of spans per second that are kept.
        spans_per_second: f64 [null, min(0)] => "no limit";
        /// The maximum size of the spans per second that are kept, in bytes.
        bytes_per_second: f64 [null, min(0)] => "no limit";
    }

    /// Exporters of tenants.
    TenantRoutes {
        /// The attribute of local roots, or the key of baggage, that names the tenant.
        key: String [null] = "tenant";
        /// The exporters of single tenants. Log records follow those that are OTLP over HTTP or gRPC.
        named: ByName<SpanExporter> => "none";
        /// The exporter of each other tenant.
        each: TenantHeader => "the other exporters";
        /// The maximum number of tenants to which `each` applies.
        most: u64 [null, min(0), max(255)] = 32;
    }

    /// An exporter whose requests name their tenant in a header.
    TenantHeader {
        required {
            /// The header.
            header: String;
            /// The exporter: OTLP over HTTP or gRPC.
            exporter: SpanExporter;
        }
    }

    /// Recent spans, kept or dropped, for snapshots.
    Snapshot {
        /// Whether recent spans are kept.
        enabled: bool [null] = true;
        /// The maximum size of recent spans, in bytes.
        bytes: u64 [null, min(1)] = 16777216;
        /// The maximum age of recent spans, in milliseconds.
        age: u64 [null, min(1)] = 30000;
    }

    /// The share of root spans that are recorded at all.
    Canary {
        required {
            /// The share.
            share: f64 [min(0), max(1)];
        }
    }

    /// The most verbose levels of functions that have spans.
    Levels {
        /// The level of all modules.
        default: Level [null] = "info";
        /// Levels of modules by path, with what they contain; the longest path decides.
        modules: ByName<Level> => "the default";
        /// The key of baggage whose value turns a level on for a request.
        baggage: String [null] => "none";
    }

    /// Switches. One that is absent or null is on.
    Switches {
        /// All telemetry.
        telemetry: bool [null] = true;
        /// All spans.
        traces: bool [null] = true;
        /// All metrics.
        metrics: bool [null] = true;
        /// All log records.
        logs: bool [null] = true;
        /// Exporters by name.
        exporters: ByName<bool> => "on";
        /// Spans of modules by path, with what they contain.
        modules: ByName<bool> => "on";
        /// Spans of functions by path, as the catalog lists them.
        functions: ByName<bool> => "on";
        /// Tenants by name.
        tenants: ByName<bool> => "on";
    }

    /// Overrides for one deployment environment. A key replaces the section of the same name.
    Profile {
        /// The share of the traces that are sampled: replaces the sampler by one that follows the parent,
        /// and samples this share of roots.
        share: f64 [null, min(0), max(1)] => "the sampler stays";
        /// Replaces `rules`.
        rules: Vec<Rule> [items(1)] => "not replaced";
        /// Replaces `tail_sampling`.
        tail_sampling: TailSampling => "not replaced";
        /// Replaces `canary`.
        canary: Canary => "not replaced";
        /// Replaces `levels`.
        levels: Levels => "not replaced";
        /// Replaces `switches`.
        switches: Switches => "not replaced";
    }
}

names! {
    /// The spans that have `code.*` attributes.
    CodeAttributes {
        /// All spans.
        Always = "always";
        /// Spans that failed.
        Errors = "errors";
        /// No span.
        Never = "never";
    }

    /// A level.
    Level {
        /// The most detailed level.
        Trace = "trace";
        /// Details for debugging.
        Debug = "debug";
        /// What is of interest in normal operation.
        Info = "info";
        /// What may be wrong.
        Warn = "warn";
        /// What is wrong.
        Error = "error";
    }
}
