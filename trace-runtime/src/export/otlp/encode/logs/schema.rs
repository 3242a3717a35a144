//! The field numbers of OTLP's messages about logs, one module per message.

/// `ExportLogsServiceRequest`.
pub(super) mod request {
    pub(in super::super) const RESOURCE_LOGS: u32 = 1;
}

/// `ResourceLogs`.
pub(super) mod resource_logs {
    pub(in super::super) const RESOURCE: u32 = 1;
    pub(in super::super) const SCOPE_LOGS: u32 = 2;
    pub(in super::super) const SCHEMA_URL: u32 = 3;
}

/// `ScopeLogs`.
pub(super) mod scope_logs {
    pub(in super::super) const SCOPE: u32 = 1;
    pub(in super::super) const LOG_RECORDS: u32 = 2;
    pub(in super::super) const SCHEMA_URL: u32 = 3;
}

/// `LogRecord`.
pub(super) mod log_record {
    pub(in super::super) const TIME: u32 = 1;
    pub(in super::super) const SEVERITY_NUMBER: u32 = 2;
    pub(in super::super) const SEVERITY_TEXT: u32 = 3;
    pub(in super::super) const BODY: u32 = 5;
    pub(in super::super) const ATTRIBUTES: u32 = 6;
    pub(in super::super) const DROPPED_ATTRIBUTES: u32 = 7;
    pub(in super::super) const FLAGS: u32 = 8;
    pub(in super::super) const TRACE_ID: u32 = 9;
    pub(in super::super) const SPAN_ID: u32 = 10;
    pub(in super::super) const OBSERVED_TIME: u32 = 11;
    pub(in super::super) const EVENT_NAME: u32 = 12;
}

/// `AnyValue`: the kinds that only logs need.
pub(super) mod any_value {
    pub(in super::super) const KEY_VALUE_LIST: u32 = 6;
    pub(in super::super) const BYTES: u32 = 7;
}

/// `KeyValueList`.
pub(super) mod key_value_list {
    pub(in super::super) const VALUES: u32 = 1;
}
