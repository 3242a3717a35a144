//! Tests plug-ins that misbehave, or have a state, while their file changes.
#![cfg(all(feature = "config-file", feature = "console", feature = "logs", feature = "metrics"))]

use crate::support::files::Folder;
use crate::support::{is_alone, record};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use trace_runtime::export::{ExportError, Exporter, FinishedSpan, NullExporter};
use trace_runtime::plugin::{Plugin, PluginError};
use trace_runtime::sampling::{Decision, Sampler, SamplingInput};
use trace_runtime::{ReloadError, Telemetry, TelemetryBuilder};

const LONG: Duration = Duration::from_secs(20);

fn install(folder: &Folder, plugins: impl IntoIterator<Item = Plugin>) -> Telemetry {
    let builder = plugins.into_iter().fold(folder.builder(), TelemetryBuilder::with_plugin);
    builder.install().unwrap()
}

/// Returns a file with this exporter of spans, and with other keys of its provider.
fn spans(exporter: &str, others: &str) -> String {
    format!(
        "file_format: '1.2'\ntracer_provider:\n  processors: [{{ simple: {{ exporter: {{ {exporter} }} }} }}]\n{others}"
    )
}

#[test]
fn health_is_reported_while_a_plug_in_is_created() {
    if !is_alone("health_is_reported_while_a_plug_in_is_created") {
        return;
    }
    let folder = Folder::new();
    folder.write(&spans("console:", ""));
    let handle = Arc::new(OnceLock::new());
    let asked = handle.clone();
    let asking = Plugin::span_exporter("asking", move |_| {
        let handle: trace_runtime::HealthHandle = asked.get().cloned().unwrap();
        let (answer, answered) = channel();
        std::thread::spawn(move || answer.send(handle.health().configuration));
        let configuration = answered.recv_timeout(LONG).map_err(PluginError::new)?;
        assert_eq!(configuration.unwrap().version, 1);
        Ok(NullExporter::new())
    });
    let telemetry = install(&folder, [asking]);
    handle.set(telemetry.health_handle()).unwrap();
    folder.write(&spans("asking:", ""));
    assert!(telemetry.config_handle().reload().unwrap());
    assert_eq!(telemetry.health().configuration.unwrap().version, 2);
}

/// Keeps the first trace that it is asked about. Its description panics.
#[derive(Debug, Default)]
struct First(AtomicUsize);

impl Sampler for First {
    fn sample(&self, _: &SamplingInput<'_>) -> Decision {
        match self.0.fetch_add(1, Ordering::Relaxed) {
            0 => Decision::RecordAndSample,
            _ => Decision::Drop,
        }
    }

    fn description(&self) -> String {
        panic!("it has none");
    }
}

#[test]
fn a_sampler_without_a_description_is_used() {
    if !is_alone("a_sampler_without_a_description_is_used") {
        return;
    }
    let folder = Folder::new();
    folder.write(&spans("console:", "  sampler: { first: }\n"));
    let telemetry = install(&folder, [Plugin::sampler("first", |_| Ok(First::default()))]);
    record(0);
    record(0);
    assert_eq!(telemetry.shutdown(LONG).exporters[0].exported, 1);
}

#[test]
fn a_sampler_stays_while_its_section_does() {
    if !is_alone("a_sampler_stays_while_its_section_does") {
        return;
    }
    let folder = Folder::new();
    let made = Arc::new(AtomicUsize::new(0));
    let counted = made.clone();
    let first = Plugin::sampler("first", move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(First::default())
    });
    let file = |sampler: &str, delay: u32| {
        format!(
            "file_format: '1.2'\ntracer_provider:\n  processors: [{{ batch: {{ schedule_delay: {delay}, \
             exporter: {{ console: }} }} }}]\n  sampler: {{ {sampler} }}\n"
        )
    };
    folder.write(&file("first:", 1));
    let telemetry = install(&folder, [first]);
    let handle = telemetry.config_handle();
    record(0);
    // Not even one that is given up is made.
    folder.write(&file("first:", 2));
    assert!(handle.reload().unwrap());
    folder.write(&format!("# As before.\n{}", file("first:", 2)));
    assert!(!handle.reload().unwrap());
    record(0);
    assert_eq!(made.load(Ordering::Relaxed), 1);
    // Another section makes another one, as does one that comes back.
    folder.write(&file("first: { with: more }", 2));
    assert!(handle.reload().unwrap());
    record(0);
    folder.write(&file("always_off:", 2));
    assert!(handle.reload().unwrap());
    folder.write(&file("first: { with: more }", 2));
    assert!(handle.reload().unwrap());
    record(0);
    assert_eq!(made.load(Ordering::Relaxed), 3);
    assert_eq!(telemetry.shutdown(LONG).exporters[0].exported, 3);
}

/// Hangs when it ends, until the test lets it go on.
#[derive(Clone, Debug)]
struct Endless(Arc<Mutex<Receiver<()>>>);

impl Endless {
    /// Returns a function that makes them, what lets them go on, and the number of those that were made.
    fn maker() -> (impl Fn() -> Self, Sender<()>, Arc<AtomicUsize>) {
        let (go_on, held) = channel();
        let held = Arc::new(Mutex::new(held));
        let made = Arc::new(AtomicUsize::new(0));
        let counted = made.clone();
        let make = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Self(held.clone())
        };
        (make, go_on, made)
    }

    fn hang(&self) {
        let _ = self.0.lock().unwrap().recv();
    }
}

impl Exporter for Endless {
    fn name(&self) -> Cow<'static, str> {
        "endless".into()
    }

    fn export(&mut self, _: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        Ok(())
    }

    fn shutdown(&mut self, _: Duration) -> Result<(), ExportError> {
        self.hang();
        Ok(())
    }
}

impl PushMetricExporter for Endless {
    async fn export(&self, _: &ResourceMetrics) -> OTelSdkResult {
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.hang();
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Delta
    }
}

/// Replaces exporters that do not end until another one is refused, before it is made.
#[track_caller]
fn are_bounded(file: impl Fn(usize) -> String, plugin: Plugin, made: &AtomicUsize, each: usize) {
    const MOST: usize = 16;
    let folder = Folder::new();
    folder.write(&file(0));
    let telemetry = install(&folder, [plugin]);
    let handle = telemetry.config_handle();
    let changes = MOST / each;
    for change in 1..=changes {
        folder.write(&file(change));
        assert!(handle.reload().unwrap());
    }
    assert_eq!(made.load(Ordering::Relaxed), each * (changes + 1));
    folder.write(&file(changes + 1));
    let error = handle.reload().unwrap_err();
    assert!(matches!(error, ReloadError::Unfinished { count: MOST }), "{error}");
    assert_eq!(made.load(Ordering::Relaxed), each * (changes + 1));
    telemetry.shutdown(Duration::from_millis(50));
}

#[test]
fn exporters_of_spans_that_do_not_end_are_bounded() {
    if !is_alone("exporters_of_spans_that_do_not_end_are_bounded") {
        return;
    }
    let (make, _go_on, made) = Endless::maker();
    let plugin = Plugin::span_exporter("endless", move |_| Ok(make()));
    are_bounded(|change| spans(&format!("endless: {{ at: {change} }}"), ""), plugin, &made, 1);
}

#[test]
fn exporters_of_metrics_that_do_not_end_are_bounded() {
    if !is_alone("exporters_of_metrics_that_do_not_end_are_bounded") {
        return;
    }
    let (make, _go_on, made) = Endless::maker();
    let plugin = Plugin::metric_exporter("endless", move |_| Ok(make()));
    let file = |change: usize| {
        let reader = |number: usize| {
            format!(
                "{{ periodic: {{ exporter: {{ endless: {{ at: {change}, of: {number} }} }} }} }}"
            )
        };
        let readers = format!("{}, {}", reader(0), reader(1));
        format!("file_format: '1.2'\nmeter_provider: {{ readers: [{readers}] }}\n")
    };
    are_bounded(file, plugin, &made, 2);
}

#[derive(Debug)]
struct Processor;

impl LogProcessor for Processor {
    fn emit(&self, _: &mut SdkLogRecord, _: &opentelemetry::InstrumentationScope) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn a_command_with_a_log_processor_is_on() {
    if !is_alone("a_command_with_a_log_processor_is_on") {
        return;
    }
    let folder = Folder::new();
    folder.write("file_format: '1.2'\nlogger_provider: { processors: [{ ours: }] }\n");
    let plugin = Plugin::log_processor("ours", |_| Ok(Processor));
    let builder = folder.builder().with_plugin(plugin).for_command_line();
    assert!(!builder.install().unwrap().is_disabled());
}
