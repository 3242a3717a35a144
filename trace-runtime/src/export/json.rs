//! JSON lines in the format of OTLP files, one batch per line
//! ([OTLP file exporter](https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/)).

use super::adapter::span_data;
use super::standard::Standard;
use super::{ExportError, Exporter, FinishedSpan};
use opentelemetry_proto::tonic::trace::v1::TracesData;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Duration;

/// Writes spans as JSON lines: one `TracesData` per batch and line, as OpenTelemetry Collectors
/// read them (`otlpjsonfile`).
pub struct JsonExporter {
    output: Box<dyn Write + Send>,
    resource: ResourceAttributesWithSchema,
}

impl JsonExporter {
    /// Writes to standard output.
    pub fn stdout() -> Self {
        Self::to_writer(Standard::Out)
    }

    /// Writes to a file, at its end if it exists.
    ///
    /// # Errors
    /// When the file cannot be opened for writing.
    pub fn to_file(path: impl AsRef<Path>) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        Ok(Self::to_writer(BufWriter::new(file)))
    }

    /// Writes to any writer, which is flushed after each batch.
    pub fn to_writer(writer: impl Write + Send + 'static) -> Self {
        Self { output: Box::new(writer), resource: ResourceAttributesWithSchema::default() }
    }
}

impl Exporter for JsonExporter {
    fn name(&self) -> Cow<'static, str> {
        "json".into()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }

    fn export(&mut self, batch: &[&FinishedSpan]) -> Result<(), ExportError> {
        let spans = batch.iter().map(|span| span_data(span)).collect();
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let failed = |error: &dyn fmt::Display| ExportError::new(format!("cannot write: {error}"));
        let mut line =
            serde_json::to_vec(&TracesData { resource_spans }).map_err(|error| failed(&error))?;
        line.push(b'\n');
        // The whole line at once: several processes may append to one file.
        self.output.write_all(&line).map_err(|error| failed(&error))?;
        self.output.flush().map_err(|error| failed(&error))
    }

    fn shutdown(&mut self, _: Duration) -> Result<(), ExportError> {
        self.output.flush().map_err(|error| ExportError::new(format!("cannot write: {error}")))
    }
}

impl fmt::Debug for JsonExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonExporter").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::SpanMaker;
    use crate::value::Value;
    use opentelemetry::KeyValue;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_what_otlp_files_hold() {
        let output = Shared::default();
        let mut json = JsonExporter::to_writer(output.clone());
        let resource =
            Resource::builder_empty().with_attribute(KeyValue::new("service.name", "shop")).build();
        json.set_resource(&resource);
        let span = SpanMaker::new("checkout")
            .ids(0xabc, 0x12, 0x11)
            .times(1_700_000_000_000_000_001, 1_700_000_000_000_000_002)
            .attributes(&[("order.id", Value::U64(7)), ("tier", Value::Str("pro"))])
            .error("no stock")
            .build(|_| {});
        json.export(&[&span]).unwrap();
        json.export(&[&span]).unwrap();
        let text = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        let resource_spans = &lines[0]["resourceSpans"][0];
        assert_eq!(resource_spans["resource"]["attributes"][0]["value"]["stringValue"], "shop");
        let scope_spans = &resource_spans["scopeSpans"][0];
        assert_eq!(scope_spans["scope"]["name"], "shop");
        let span = &scope_spans["spans"][0];
        assert_eq!(span["traceId"], format!("{:032x}", 0xabc));
        assert_eq!(span["spanId"], "0000000000000012");
        assert_eq!(span["parentSpanId"], "0000000000000011");
        assert_eq!(span["startTimeUnixNano"], "1700000000000000001");
        assert_eq!(span["kind"], 1);
        assert_eq!(span["status"]["code"], 2);
        assert_eq!(span["status"]["message"], "no stock");
        assert_eq!(span["attributes"][0]["key"], "order.id");
        assert_eq!(span["attributes"][0]["value"]["intValue"], "7");
    }
}
