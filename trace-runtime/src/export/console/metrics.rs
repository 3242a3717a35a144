//! Prints metrics for people: the page that Prometheus would get, on stderr.

use crate::escape;
use crate::export::ExportError;
use crate::export::exposition::{self, PageOptions, TextFormat};
use crate::export::metric::MetricExporter;
use crate::export::standard::Standard;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use std::borrow::Cow;
use std::io::Write;

const OPTIONS: PageOptions = PageOptions { scope_labels: true, suffixes: true };

pub(crate) struct ConsoleMetrics;

impl MetricExporter for ConsoleMetrics {
    fn name(&self) -> Cow<'static, str> {
        "console metrics".into()
    }

    fn destination(&self) -> String {
        "console".to_owned()
    }

    fn export(&mut self, metrics: &ResourceMetrics) -> (usize, Result<(), ExportError>) {
        let page = exposition::page(metrics, TextFormat::Text, OPTIONS).finish();
        let series = page.lines().filter(|line| !line.starts_with('#')).count();
        let written = Standard::Err.write_all(escape::lines(page).to_string().as_bytes());
        (series, written.map_err(|error| ExportError::new(error.to_string())))
    }
}
