//! Decodes log records.

use super::identity::{resource, scope, span_id, trace_id};
use super::value::{attributes, value};
use crate::model::LogData;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1 as otlp;
use trace_runtime::propagation::TraceFlags;

pub(in crate::receiver) fn logs(request: ExportLogsServiceRequest) -> Vec<LogData> {
    let mut logs = Vec::new();
    for resource_logs in request.resource_logs {
        let resource = resource(resource_logs.resource, resource_logs.schema_url);
        for scope_logs in resource_logs.scope_logs {
            let scope = scope(scope_logs.scope, scope_logs.schema_url);
            logs.extend(scope_logs.log_records.into_iter().map(|sent| LogData {
                scope: scope.clone(),
                resource: resource.clone(),
                ..log(sent)
            }));
        }
    }
    logs
}

fn log(sent: otlp::LogRecord) -> LogData {
    LogData {
        unix_nanos: sent.time_unix_nano,
        observed_unix_nanos: sent.observed_time_unix_nano,
        severity_number: u8::try_from(sent.severity_number).unwrap_or_default(),
        severity_text: sent.severity_text,
        body: sent.body.map(value),
        attributes: attributes(sent.attributes),
        trace_id: trace_id(&sent.trace_id),
        span_id: span_id(&sent.span_id),
        flags: TraceFlags::new(sent.flags.to_le_bytes()[0]),
        event_name: sent.event_name,
        dropped_attributes: sent.dropped_attributes_count,
        ..LogData::default()
    }
}
