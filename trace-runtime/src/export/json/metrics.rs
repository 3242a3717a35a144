//! Writes metrics as JSON lines in the format of OTLP files
//! ([OTLP file exporter](https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/)).

use super::encode::metrics;
use super::lines::Lines;
use crate::error::InitError;
use crate::export::ExportError;
use crate::export::metric::MetricExporter;
use crate::export::points::count_points;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use std::borrow::Cow;
use std::path::Path;

/// Creates the exporter that appends to this file, or writes to standard output.
/// A line has up to this number of points.
pub(crate) fn metric_exporter(
    file: Option<&Path>,
    max_points: usize,
) -> Result<Box<dyn MetricExporter>, InitError> {
    Ok(Box::new(JsonMetrics(Lines::open(file, "json metrics")?.with_most(max_points))))
}

/// Writes one `MetricsData` per line.
struct JsonMetrics(Lines);

impl MetricExporter for JsonMetrics {
    fn name(&self) -> Cow<'static, str> {
        "json metrics".into()
    }

    fn destination(&self) -> String {
        "json".to_owned()
    }

    fn export(&mut self, collected: &ResourceMetrics) -> (usize, Result<(), ExportError>) {
        let points = count_points(collected);
        (points, self.0.write(points, |out, room| metrics(out, collected, room)))
    }
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
