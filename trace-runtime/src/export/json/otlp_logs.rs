//! Writes log records as JSON lines in the format of OTLP files, one batch per line
//! ([OTLP file exporter](https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/)).

use super::encode::{Members, api_attribute, object, resource};
use super::logs::base64;
use crate::error::InitError;
use crate::export::standard::Standard;
use crate::export::{EmittedLog, ExportError, Exporter};
use crate::json::{double, text};
use opentelemetry::logs::AnyValue;
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Creates the exporter that appends to this file, or writes to standard output.
pub(crate) fn log_exporter(
    file: Option<&Path>,
) -> Result<Box<dyn Exporter<EmittedLog>>, InitError> {
    let output: Box<dyn Write + Send> = match file {
        None => Box::new(Standard::Out),
        Some(path) => {
            let file = File::options().create(true).append(true).open(path);
            Box::new(BufWriter::new(file.map_err(|error| InitError::Exporter {
                name: "json logs".to_owned(),
                message: format!("cannot open {}: {error}", path.display()),
            })?))
        }
    };
    Ok(Box::new(OtlpJsonLogs::new(output)))
}

/// Writes one `LogsData` per batch and line.
struct OtlpJsonLogs {
    output: Box<dyn Write + Send>,
    resource: Resource,
    line: String,
}

impl OtlpJsonLogs {
    fn new(output: Box<dyn Write + Send>) -> Self {
        Self { output, resource: Resource::builder_empty().build(), line: String::new() }
    }
}

impl Exporter<EmittedLog> for OtlpJsonLogs {
    fn name(&self) -> Cow<'static, str> {
        "json logs".into()
    }

    fn destination(&self) -> String {
        "json".to_owned()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.clone();
    }

    fn export(&mut self, batch: &[&EmittedLog]) -> Result<(), ExportError> {
        self.line.clear();
        logs(&mut self.line, &self.resource, batch);
        self.line.push('\n');
        // The whole line at once: several processes may append to one file.
        let written = self.output.write_all(self.line.as_bytes());
        written
            .and_then(|()| self.output.flush())
            .map_err(|error| ExportError::new(format!("cannot write: {error}")))
    }
}

/// Appends a `LogsData` of these records, grouped by scope.
fn logs(out: &mut String, of: &Resource, batch: &[&EmittedLog]) {
    let mut groups: Vec<Vec<&EmittedLog>> = Vec::new();
    for log in batch {
        match groups.iter_mut().find(|group| is_same_scope(group[0], log)) {
            Some(group) => group.push(log),
            None => groups.push(vec![log]),
        }
    }
    object(out, |out| {
        out.list("resourceLogs", [of], |out, of| {
            object(out, |out| {
                resource(out, of);
                out.list("scopeLogs", &groups, |out, group| scope_logs(out, group));
                out.text("schemaUrl", of.schema_url().unwrap_or_default());
            });
        });
    });
}

fn is_same_scope(one: &EmittedLog, other: &EmittedLog) -> bool {
    one.source() == other.source() && one.scope == other.scope
}

fn scope_logs(out: &mut String, group: &[&EmittedLog]) {
    let scope = &group[0].scope;
    object(out, |out| {
        out.object("scope", |out| {
            out.text("name", group[0].source());
            out.text("version", scope.version().unwrap_or_default());
            out.list("attributes", scope.attributes(), |out, attribute| {
                api_attribute(out, attribute.key.as_str(), &attribute.value);
            });
        });
        out.list("logRecords", group, |out, log| record(out, log));
        out.text("schemaUrl", scope.schema_url().unwrap_or_default());
    });
}

fn record(out: &mut String, log: &EmittedLog) {
    let record = &log.record;
    let nanos = |time: SystemTime| {
        time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
    };
    object(out, |out| {
        out.text("timeUnixNano", &record.timestamp().map(nanos).unwrap_or_default());
        out.text(
            "observedTimeUnixNano",
            &record.observed_timestamp().map(nanos).unwrap_or_default(),
        );
        out.number("severityNumber", record.severity_number().map_or(0, |number| number as u32));
        out.text("severityText", record.severity_text().unwrap_or_default());
        if let Some(body) = record.body() {
            out.member("body", |out| value(out, body));
        }
        out.list("attributes", record.attributes_iter(), |out, (key, of)| {
            pair(out, key.as_str(), of);
        });
        out.number("droppedAttributesCount", log.dropped_attributes);
        if let Some(context) = log.trace_context() {
            out.number("flags", context.trace_flags.unwrap_or_default().to_u8().into());
            out.text("traceId", &context.trace_id.to_string());
            out.text("spanId", &context.span_id.to_string());
        }
        out.text("eventName", record.event_name().unwrap_or_default());
    });
}

fn pair(out: &mut String, key: &str, of: &AnyValue) {
    object(out, |out| {
        out.text("key", key);
        out.member("value", |out| value(out, of));
    });
}

fn value(out: &mut String, of: &AnyValue) {
    object(out, |out| match of {
        AnyValue::Int(number) => out.member("intValue", |out| text(out, &number.to_string())),
        AnyValue::Double(number) => out.member("doubleValue", |out| double(out, *number)),
        AnyValue::String(value) => out.member("stringValue", |out| text(out, value.as_str())),
        AnyValue::Boolean(truth) => out.member("boolValue", |out| {
            out.push_str(if *truth { "true" } else { "false" });
        }),
        AnyValue::Bytes(bytes) => out.member("bytesValue", |out| base64(out, bytes)),
        AnyValue::ListAny(list) => values(out, "arrayValue", list.iter(), value),
        AnyValue::Map(map) => {
            // A map has no order.
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_unstable_by_key(|(key, _)| key.as_str());
            values(out, "kvlistValue", pairs, |out, (key, of)| pair(out, key.as_str(), of));
        }
        // No other kind exists yet.
        _ => {}
    });
}

fn values<T>(
    out: &mut Members<'_>,
    name: &str,
    items: impl IntoIterator<Item = T>,
    item: impl FnMut(&mut String, T),
) {
    out.object(name, |out| out.list("values", items, item));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::Written;
    use crate::export::testing_logs::{log, whole_log};
    use opentelemetry::KeyValue;
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use opentelemetry_proto::tonic::logs::v1::LogsData;

    #[test]
    fn a_line_is_what_otlp_files_contain() {
        let output = Written::default();
        let mut exporter = OtlpJsonLogs::new(Box::new(output.clone()));
        let resource = Resource::builder_empty();
        exporter
            .set_resource(&resource.with_attribute(KeyValue::new("service.name", "shop")).build());
        let (whole, plain) = (whole_log(), log(|_| {}));
        exporter.export(&[&whole, &plain]).unwrap();
        exporter.export(&[&plain]).unwrap();
        let text = output.text();
        let lines: Vec<LogsData> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        let of_resource = &lines[0].resource_logs[0];
        let attributes = &of_resource.resource.as_ref().unwrap().attributes;
        assert_eq!(attributes[0].key, "service.name");
        let [of_scope] = &of_resource.scope_logs[..] else { panic!("{text}") };
        let scope = of_scope.scope.as_ref().unwrap();
        assert_eq!((&*scope.name, &*scope.version), ("shop", "1.2.3"));
        assert_eq!(of_scope.schema_url, "https://a/scope");
        let [record, other] = &of_scope.log_records[..] else { panic!("{text}") };
        assert_eq!(record.time_unix_nano, 1_699_999_999_123_456_789);
        assert_eq!(record.observed_time_unix_nano, 1_700_000_000_000_000_000);
        assert_eq!((record.severity_number, &*record.severity_text), (14, "WARNING"));
        assert_eq!(record.event_name, "stock.low");
        assert_eq!(record.trace_id, 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes());
        assert_eq!((record.flags, record.span_id.last()), (1, Some(&0xad)));
        let value = |name: &str| {
            let found = record.attributes.iter().find(|attribute| attribute.key == name).unwrap();
            found.value.as_ref().unwrap().value.clone().unwrap()
        };
        assert_eq!(value("int"), Value::IntValue(-7));
        assert_eq!(value("double"), Value::DoubleValue(0.5));
        assert_eq!(value("string"), Value::StringValue("é\u{1}".to_owned()));
        assert_eq!(value("bool"), Value::BoolValue(false));
        assert_eq!(value("bytes"), Value::BytesValue(vec![0, 255, 16, 7]));
        let Value::ArrayValue(list) = value("list") else { panic!("{text}") };
        assert_eq!(list.values.len(), 3);
        let Value::KvlistValue(map) = value("map") else { panic!("{text}") };
        assert_eq!(map.values[0].key, "inner");
        assert_eq!(
            (other.time_unix_nano, other.severity_number, other.body.is_none()),
            (0, 0, true)
        );
    }
}
