//! The field numbers of OTLP's messages, one module per message
//! ([definitions](https://github.com/open-telemetry/opentelemetry-proto)).

/// `ExportTraceServiceRequest`.
pub(in crate::export) mod request {
    pub(in crate::export) const RESOURCE_SPANS: u32 = 1;
}

/// `ExportTraceServiceResponse`.
pub(in crate::export) mod response {
    pub(in crate::export) const PARTIAL_SUCCESS: u32 = 1;
}

/// `ExportTracePartialSuccess`.
pub(in crate::export) mod partial_success {
    pub(in crate::export) const REJECTED_SPANS: u32 = 1;
    pub(in crate::export) const ERROR_MESSAGE: u32 = 2;
}

/// `ResourceSpans`.
pub(in crate::export) mod resource_spans {
    pub(in crate::export) const RESOURCE: u32 = 1;
    pub(in crate::export) const SCOPE_SPANS: u32 = 2;
    pub(in crate::export) const SCHEMA_URL: u32 = 3;
}

/// `Resource`.
pub(in crate::export) mod resource {
    pub(in crate::export) const ATTRIBUTES: u32 = 1;
}

/// `ScopeSpans`.
pub(in crate::export) mod scope_spans {
    pub(in crate::export) const SCOPE: u32 = 1;
    pub(in crate::export) const SPANS: u32 = 2;
}

/// `InstrumentationScope`.
pub(in crate::export) mod scope {
    pub(in crate::export) const NAME: u32 = 1;
    pub(in crate::export) const VERSION: u32 = 2;
}

/// `Span`.
pub(in crate::export) mod span {
    pub(in crate::export) const TRACE_ID: u32 = 1;
    pub(in crate::export) const SPAN_ID: u32 = 2;
    pub(in crate::export) const TRACE_STATE: u32 = 3;
    pub(in crate::export) const PARENT_SPAN_ID: u32 = 4;
    pub(in crate::export) const NAME: u32 = 5;
    pub(in crate::export) const KIND: u32 = 6;
    pub(in crate::export) const START: u32 = 7;
    pub(in crate::export) const END: u32 = 8;
    pub(in crate::export) const ATTRIBUTES: u32 = 9;
    pub(in crate::export) const DROPPED_ATTRIBUTES: u32 = 10;
    pub(in crate::export) const EVENTS: u32 = 11;
    pub(in crate::export) const DROPPED_EVENTS: u32 = 12;
    pub(in crate::export) const LINKS: u32 = 13;
    pub(in crate::export) const DROPPED_LINKS: u32 = 14;
    pub(in crate::export) const STATUS: u32 = 15;
    pub(in crate::export) const FLAGS: u32 = 16;
}

/// `Span.Event`.
pub(in crate::export) mod event {
    pub(in crate::export) const TIME: u32 = 1;
    pub(in crate::export) const NAME: u32 = 2;
    pub(in crate::export) const ATTRIBUTES: u32 = 3;
    pub(in crate::export) const DROPPED_ATTRIBUTES: u32 = 4;
}

/// `Span.Link`.
pub(in crate::export) mod link {
    pub(in crate::export) const TRACE_ID: u32 = 1;
    pub(in crate::export) const SPAN_ID: u32 = 2;
    pub(in crate::export) const TRACE_STATE: u32 = 3;
    pub(in crate::export) const ATTRIBUTES: u32 = 4;
    pub(in crate::export) const DROPPED_ATTRIBUTES: u32 = 5;
    pub(in crate::export) const FLAGS: u32 = 6;
}

/// `Status`.
pub(in crate::export) mod status {
    pub(in crate::export) const MESSAGE: u32 = 2;
    pub(in crate::export) const CODE: u32 = 3;
}

/// `KeyValue`.
pub(in crate::export) mod key_value {
    pub(in crate::export) const KEY: u32 = 1;
    pub(in crate::export) const VALUE: u32 = 2;
}

/// `AnyValue`.
pub(in crate::export) mod any_value {
    pub(in crate::export) const STRING: u32 = 1;
    pub(in crate::export) const BOOL: u32 = 2;
    pub(in crate::export) const INT: u32 = 3;
    pub(in crate::export) const DOUBLE: u32 = 4;
    pub(in crate::export) const ARRAY: u32 = 5;
}

/// `ArrayValue`.
pub(in crate::export) mod array_value {
    pub(in crate::export) const VALUES: u32 = 1;
}

/// `google.rpc.Status`.
pub(in crate::export) mod rpc_status {
    pub(in crate::export) const MESSAGE: u32 = 2;
}
