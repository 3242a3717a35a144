//! Writes the health of telemetry as JSON.

use super::report::{ConfigurationHealth, ExporterHealth, Health};
use crate::export::time;
use crate::json::{array, text};
use crate::loss::{Drops, ExporterReport};
use std::fmt::Write;
use std::time::SystemTime;

impl Health {
    /// Returns it as one JSON object, without secrets.
    ///
    /// ```
    /// # use trace_runtime::{Telemetry, export::NullExporter};
    /// let telemetry = Telemetry::builder()
    /// #   .with_exporter(NullExporter::new())
    ///     .install()?;
    /// assert!(telemetry.health().to_json().starts_with(r#"{"state":"healthy","#));
    /// # Ok::<(), trace_runtime::InitError>(())
    /// ```
    pub fn to_json(&self) -> String {
        of(self)
    }
}

fn of(health: &Health) -> String {
    let mut out = String::from("{\"state\":");
    text(&mut out, health.state.as_str());
    out.push_str(",\"reasons\":");
    array(&mut out, &health.reasons, |out, reason| text(out, reason));
    let _ = write!(out, ",\"disabled\":{},\"exporters\":", health.is_disabled);
    array(&mut out, &health.exporters, exporter);
    losses(&mut out, health);
    if let Some(file) = &health.configuration {
        configuration(&mut out, file);
    }
    out.push('}');
    out
}

fn exporter(out: &mut String, exporter: &ExporterHealth) {
    out.push_str("{\"name\":");
    text(out, &exporter.name);
    let _ = write!(out, ",\"signal\":\"{}\",\"state\":\"{}\"", exporter.signal, exporter.state);
    if let Some(at) = exporter.last_success {
        moment(out, "last_success", at);
    }
    if let Some((at, message)) = &exporter.last_error {
        moment(out, "last_error_at", *at);
        out.push_str(",\"last_error\":");
        text(out, message);
    }
    if let (Some(queued), Some(capacity)) = (exporter.queued, exporter.capacity) {
        let _ = write!(out, ",\"queued\":{queued},\"capacity\":{capacity}");
    }
    out.push('}');
}

fn losses(out: &mut String, health: &Health) {
    let report = &health.losses;
    let _ = write!(
        out,
        ",\"losses\":{{\"total\":{},\"spans\":{{\"started\":{},\"buffered\":{},\"dropped\":",
        report.total_dropped(),
        report.started,
        report.buffered
    );
    drops(out, &report.dropped);
    let _ = write!(out, ",\"dropped_details\":{},\"exporters\":", report.dropped_details);
    array(out, &report.exporters, fate);
    let _ = write!(out, "}},\"logs\":{{\"emitted\":{},\"exporters\":", report.logs.emitted);
    array(out, &report.logs.exporters, fate);
    out.push_str("},\"measurements\":{\"dropped\":");
    drops(out, &report.measurements.dropped);
    out.push_str("}}");
}

fn fate(out: &mut String, exporter: &ExporterReport) {
    out.push_str("{\"name\":");
    text(out, &exporter.name);
    let _ = write!(out, ",\"exported\":{},\"dropped\":", exporter.exported);
    drops(out, &exporter.dropped);
    out.push('}');
}

fn drops(out: &mut String, drops: &Drops) {
    out.push('{');
    for (index, (reason, count)) in drops.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(out, "{comma}\"{reason}\":{count}");
    }
    out.push('}');
}

fn configuration(out: &mut String, file: &ConfigurationHealth) {
    out.push_str(",\"configuration\":{\"source\":");
    text(out, &file.source);
    let _ = write!(out, ",\"version\":{},\"hash\":", file.version);
    text(out, &file.hash);
    moment(out, "applied", file.applied);
    if let Some(error) = &file.last_error {
        out.push_str(",\"last_error\":");
        text(out, error);
    }
    out.push('}');
}

fn moment(out: &mut String, key: &str, at: SystemTime) {
    let _ = write!(out, ",\"{key}\":\"");
    time::write(out, at, 3);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::HealthState;
    use crate::loss::{DropReason, LossReport};
    use std::time::Duration;

    #[test]
    fn everything_is_in_the_object() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_500);
        let mut losses = LossReport::default();
        (losses.started, losses.buffered) = (9, 1);
        losses.dropped.insert(DropReason::RingFull, 2);
        let mut otlp = ExporterReport::default();
        (otlp.name, otlp.exported) = ("otlp".to_owned(), 6);
        losses.exporters = vec![otlp];
        let health = Health {
            state: HealthState::Degraded,
            reasons: vec!["a \"quoted\" reason".to_owned()],
            is_disabled: false,
            exporters: vec![ExporterHealth {
                name: "otlp".to_owned(),
                signal: "traces",
                state: HealthState::Degraded,
                last_success: Some(at),
                last_error: Some((at, "refused\u{1b}".to_owned())),
                queued: Some(3),
                capacity: Some(10),
            }],
            losses,
            configuration: Some(ConfigurationHealth {
                source: "otel.yaml".to_owned(),
                version: 2,
                hash: "abc".to_owned(),
                applied: at,
                last_error: None,
            }),
        };
        let expected = concat!(
            r#"{"state":"degraded","reasons":["a \"quoted\" reason"],"disabled":false,"#,
            r#""exporters":[{"name":"otlp","signal":"traces","state":"degraded","#,
            r#""last_success":"1970-01-01T00:00:01.500Z","last_error_at":"1970-01-01T00:00:01.500Z","#,
            r#""last_error":"refused\u001b","queued":3,"capacity":10}],"#,
            r#""losses":{"total":2,"spans":{"started":9,"buffered":1,"dropped":{"ring_full":2},"#,
            r#""dropped_details":0,"exporters":[{"name":"otlp","exported":6,"dropped":{}}]},"#,
            r#""logs":{"emitted":0,"exporters":[]},"measurements":{"dropped":{}}},"#,
            r#""configuration":{"source":"otel.yaml","version":2,"hash":"abc","applied":"1970-01-01T00:00:01.500Z"}}"#,
        );
        assert_eq!(health.to_json(), expected);
    }
}
