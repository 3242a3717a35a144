//! Writes log records as JSON lines in the format of OTLP files
//! ([OTLP file exporter](https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/)).

use super::encode::logs;
use super::lines::Lines;
use crate::error::InitError;
use crate::export::{EmittedLog, ExportError, Exporter};
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::path::Path;

/// Creates the exporter that appends to this file, or writes to standard output.
pub(crate) fn log_exporter(
    file: Option<&Path>,
) -> Result<Box<dyn Exporter<EmittedLog>>, InitError> {
    Ok(Box::new(OtlpJsonLogs::new(Lines::open(file, "json logs")?)))
}

/// Writes one `LogsData` per line.
struct OtlpJsonLogs {
    lines: Lines,
    resource: Resource,
}

impl OtlpJsonLogs {
    fn new(lines: Lines) -> Self {
        Self { lines, resource: Resource::builder_empty().build() }
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
        let Self { lines, resource } = self;
        lines.write(batch.len(), |out, room| logs(out, resource, batch, room))
    }
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
        let mut exporter = OtlpJsonLogs::new(Lines::to(output.clone()));
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
