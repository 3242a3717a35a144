//! The field numbers of OTLP's messages, one module per message
//! ([definitions](https://github.com/open-telemetry/opentelemetry-proto)).

/// `ExportTraceServiceRequest`.
pub(in crate::export::otlp) mod request {
    pub(in crate::export::otlp) const RESOURCE_SPANS: u32 = 1;
}

/// `ExportTraceServiceResponse`.
pub(in crate::export::otlp) mod response {
    pub(in crate::export::otlp) const PARTIAL_SUCCESS: u32 = 1;
}

/// `ExportTracePartialSuccess`; other signals have the same fields.
pub(in crate::export::otlp) mod partial_success {
    pub(in crate::export::otlp) const REJECTED: u32 = 1;
    pub(in crate::export::otlp) const ERROR_MESSAGE: u32 = 2;
}

/// `ResourceSpans`.
pub(in crate::export::otlp) mod resource_spans {
    pub(in crate::export::otlp) const RESOURCE: u32 = 1;
    pub(in crate::export::otlp) const SCOPE_SPANS: u32 = 2;
    pub(in crate::export::otlp) const SCHEMA_URL: u32 = 3;
}

/// `Resource`.
pub(in crate::export::otlp) mod resource {
    pub(in crate::export::otlp) const ATTRIBUTES: u32 = 1;
}

/// `ScopeSpans`.
pub(in crate::export::otlp) mod scope_spans {
    pub(in crate::export::otlp) const SCOPE: u32 = 1;
    pub(in crate::export::otlp) const SPANS: u32 = 2;
    pub(in crate::export::otlp) const SCHEMA_URL: u32 = 3;
}

/// `InstrumentationScope`.
pub(in crate::export::otlp) mod scope {
    pub(in crate::export::otlp) const NAME: u32 = 1;
    pub(in crate::export::otlp) const VERSION: u32 = 2;
    pub(in crate::export::otlp) const ATTRIBUTES: u32 = 3;
}

/// `Span`.
pub(in crate::export::otlp) mod span {
    pub(in crate::export::otlp) const TRACE_ID: u32 = 1;
    pub(in crate::export::otlp) const SPAN_ID: u32 = 2;
    pub(in crate::export::otlp) const TRACE_STATE: u32 = 3;
    pub(in crate::export::otlp) const PARENT_SPAN_ID: u32 = 4;
    pub(in crate::export::otlp) const NAME: u32 = 5;
    pub(in crate::export::otlp) const KIND: u32 = 6;
    pub(in crate::export::otlp) const START: u32 = 7;
    pub(in crate::export::otlp) const END: u32 = 8;
    pub(in crate::export::otlp) const ATTRIBUTES: u32 = 9;
    pub(in crate::export::otlp) const DROPPED_ATTRIBUTES: u32 = 10;
    pub(in crate::export::otlp) const EVENTS: u32 = 11;
    pub(in crate::export::otlp) const DROPPED_EVENTS: u32 = 12;
    pub(in crate::export::otlp) const LINKS: u32 = 13;
    pub(in crate::export::otlp) const DROPPED_LINKS: u32 = 14;
    pub(in crate::export::otlp) const STATUS: u32 = 15;
    pub(in crate::export::otlp) const FLAGS: u32 = 16;
}

/// `Span.Event`.
pub(in crate::export::otlp) mod event {
    pub(in crate::export::otlp) const TIME: u32 = 1;
    pub(in crate::export::otlp) const NAME: u32 = 2;
    pub(in crate::export::otlp) const ATTRIBUTES: u32 = 3;
    pub(in crate::export::otlp) const DROPPED_ATTRIBUTES: u32 = 4;
}

/// `Span.Link`.
pub(in crate::export::otlp) mod link {
    pub(in crate::export::otlp) const TRACE_ID: u32 = 1;
    pub(in crate::export::otlp) const SPAN_ID: u32 = 2;
    pub(in crate::export::otlp) const TRACE_STATE: u32 = 3;
    pub(in crate::export::otlp) const ATTRIBUTES: u32 = 4;
    pub(in crate::export::otlp) const DROPPED_ATTRIBUTES: u32 = 5;
    pub(in crate::export::otlp) const FLAGS: u32 = 6;
}

/// `Status`.
pub(in crate::export::otlp) mod status {
    pub(in crate::export::otlp) const MESSAGE: u32 = 2;
    pub(in crate::export::otlp) const CODE: u32 = 3;
}

/// `KeyValue`.
pub(in crate::export::otlp) mod key_value {
    pub(in crate::export::otlp) const KEY: u32 = 1;
    pub(in crate::export::otlp) const VALUE: u32 = 2;
}

/// `AnyValue`.
pub(in crate::export::otlp) mod any_value {
    pub(in crate::export::otlp) const STRING: u32 = 1;
    pub(in crate::export::otlp) const BOOL: u32 = 2;
    pub(in crate::export::otlp) const INT: u32 = 3;
    pub(in crate::export::otlp) const DOUBLE: u32 = 4;
    pub(in crate::export::otlp) const ARRAY: u32 = 5;
}

/// `ArrayValue`.
pub(in crate::export::otlp) mod array_value {
    pub(in crate::export::otlp) const VALUES: u32 = 1;
}

/// `google.rpc.Status`.
#[cfg(feature = "otlp-http")]
pub(in crate::export::otlp) mod rpc_status {
    pub(in crate::export::otlp) const MESSAGE: u32 = 2;
}
