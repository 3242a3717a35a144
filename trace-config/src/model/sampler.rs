//! Samplers.

use super::Extension;
use super::describe::{names, records, unions};

records! {
    /// Records nothing.
    AlwaysOffSampler, null {}
    /// Records everything.
    AlwaysOnSampler, null {}

    /// Records the spans that another sampler drops, without sampling them.
    AlwaysRecordSampler {
        required {
            /// The sampler whose decisions are changed.
            root: Box<Sampler>;
        }
    }

    /// Follows the parent's decision, through one sampler per kind of parent.
    ParentBasedSampler, null {
        /// Decides about spans without a parent.
        root: Box<Sampler> => "always_on";
        /// Decides under a sampled parent of another process.
        remote_parent_sampled: Box<Sampler> => "always_on";
        /// Decides under a parent of another process that is not sampled.
        remote_parent_not_sampled: Box<Sampler> => "always_off";
        /// Decides under a sampled parent of this process.
        local_parent_sampled: Box<Sampler> => "always_on";
        /// Decides under a parent of this process that is not sampled.
        local_parent_not_sampled: Box<Sampler> => "always_off";
    }

    /// Samples a share of all traces by their trace id.
    TraceIdRatioBasedSampler, null {
        /// The share.
        ratio: f64 [null, min(0), max(1)] = 1.0;
    }

    /// Samples a share of all traces, with its threshold in `tracestate`.
    ProbabilitySampler as "ExperimentalProbabilitySampler", null {
        /// The share.
        ratio: f64 [null, min(0), max(1)] = 1.0;
    }

    /// Asks a Jaeger service how to sample.
    JaegerRemoteSampler as "ExperimentalJaegerRemoteSampler" {
        required {
            /// The endpoint of the service.
            endpoint: String;
            /// The sampler before the service has answered.
            initial_sampler: Box<Sampler>;
        }
        /// The interval between two requests, in milliseconds.
        interval: u64 [null, min(0)] = 60000;
    }

    /// Records nothing.
    ComposableAlwaysOffSampler as "ExperimentalComposableAlwaysOffSampler", null {}
    /// Records everything.
    ComposableAlwaysOnSampler as "ExperimentalComposableAlwaysOnSampler", null {}

    /// Follows the threshold of the parent.
    ComposableParentThresholdSampler as "ExperimentalComposableParentThresholdSampler" {
        required {
            /// Decides about spans without a parent.
            root: Box<ComposableSampler>;
        }
    }

    /// Samples a share of all traces.
    ComposableProbabilitySampler as "ExperimentalComposableProbabilitySampler", null {
        /// The share.
        ratio: f64 [null, min(0), max(1)] = 1.0;
    }

    /// Lets the first rule that matches decide; a span that none matches is not sampled.
    ComposableRuleBasedSampler as "ExperimentalComposableRuleBasedSampler", null {
        /// The rules, in the order in which they are tried.
        rules: Vec<ComposableRule> [items(1)] => "no span is sampled";
    }

    /// A sampler, and the conditions under which it decides. All of them must be met.
    ComposableRule as "ExperimentalComposableRuleBasedSamplerRule" {
        required {
            /// The sampler.
            sampler: ComposableSampler;
        }
        /// Values of an attribute, one of which must be present.
        attribute_values: RuleAttributeValues => "any";
        /// Patterns for the value of an attribute.
        attribute_patterns: RuleAttributePatterns => "any";
        /// Kinds of the span.
        span_kinds: Vec<SpanKind> [items(1)] => "any";
        /// Kinds of its parent.
        parent: Vec<SpanParent> [items(1)] => "any";
    }

    /// Values of an attribute. Values that are not strings are compared as text; of a list, one item
    /// must match.
    RuleAttributeValues as "ExperimentalComposableRuleBasedSamplerRuleAttributeValues" {
        required {
            /// The attribute.
            key: String;
            /// The values.
            values: Vec<String> [items(1)];
        }
    }

    /// Patterns for the value of an attribute, with `*` for any characters and `?` for one.
    RuleAttributePatterns as "ExperimentalComposableRuleBasedSamplerRuleAttributePatterns" {
        required {
            /// The attribute.
            key: String;
        }
        /// Values that match.
        included: Vec<String> [items(1)] => "all are included";
        /// Values that do not match, even if they are included.
        excluded: Vec<String> [items(1)] => "none is excluded";
    }
}

unions! {
    /// A sampler.
    Sampler, Extension {
        /// Records nothing.
        AlwaysOff(AlwaysOffSampler) = "always_off";
        /// Records everything.
        AlwaysOn(AlwaysOnSampler) = "always_on";
        /// Records what another sampler drops.
        AlwaysRecord(AlwaysRecordSampler) = "always_record";
        /// A sampler that is composed of others.
        Composite(ComposableSampler) = "composite/development";
        /// Asks a Jaeger service.
        JaegerRemote(JaegerRemoteSampler) = "jaeger_remote/development";
        /// Follows the parent.
        ParentBased(ParentBasedSampler) = "parent_based";
        /// Samples a share, with its threshold in `tracestate`.
        Probability(ProbabilitySampler) = "probability/development";
        /// Samples a share by the trace id.
        TraceIdRatioBased(TraceIdRatioBasedSampler) = "trace_id_ratio_based";
    }

    /// A part of a composite sampler.
    ComposableSampler as "ExperimentalComposableSampler", Extension {
        /// Records nothing.
        AlwaysOff(ComposableAlwaysOffSampler) = "always_off";
        /// Records everything.
        AlwaysOn(ComposableAlwaysOnSampler) = "always_on";
        /// Follows the threshold of the parent.
        ParentThreshold(ComposableParentThresholdSampler) = "parent_threshold";
        /// Samples a share.
        Probability(ComposableProbabilitySampler) = "probability";
        /// Lets rules decide.
        RuleBased(ComposableRuleBasedSampler) = "rule_based";
    }
}

names! {
    /// The kind of a span.
    SpanKind {
        /// Work inside a process.
        Internal = "internal";
        /// The handling of a request.
        Server = "server";
        /// A request.
        Client = "client";
        /// The sending of a message.
        Producer = "producer";
        /// The handling of a message.
        Consumer = "consumer";
    }

    /// The origin of a span's parent.
    SpanParent as "ExperimentalSpanParent" {
        /// The span has no parent.
        None = "none";
        /// The parent is a span of another process.
        Remote = "remote";
        /// The parent is a span of this process.
        Local = "local";
    }
}
