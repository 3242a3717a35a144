//! Tests components of the program that a configuration file names.
#![cfg(all(feature = "config-file", feature = "logs", feature = "metrics", feature = "otlp-http"))]

use crate::support::files::Folder;
use crate::support::{is_alone, record};
use opentelemetry::logs::{Logger as _, LoggerProvider as _};
use opentelemetry::{KeyValue, global};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter, LogProcessor, SdkLogRecord};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{ManualReader, Temporality};
use opentelemetry_sdk::resource::ResourceDetector;
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use trace_runtime::config_file::check_with;
use trace_runtime::export::{ExportError, Exporter, FinishedSpan};
use trace_runtime::loss::DropReason;
use trace_runtime::plugin::{Plugin, PluginError, Properties};
use trace_runtime::propagation::{Context, Extractor, Injector, Propagator};
use trace_runtime::sampling::{AlwaysOff, AlwaysOn, Probability};
use trace_runtime::{InitError, ReloadError, TelemetryBuilder};

const LONG: Duration = Duration::from_secs(20);

type Taken = Arc<Mutex<Vec<String>>>;

/// Stores the names of what it gets, with a mark.
#[derive(Clone, Debug)]
struct Store {
    mark: String,
    taken: Taken,
}

/// Reads the mark of a store.
fn store(taken: &Taken) -> impl Fn(&Properties<'_>) -> Result<Store, PluginError> + use<> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        #[serde(default)]
        mark: String,
    }
    let taken = taken.clone();
    move |properties| {
        let Settings { mark } = properties.node().deserialize()?;
        if mark.contains(' ') {
            return Err(properties.error("mark", "a mark is one word"));
        }
        Ok(Store { mark, taken: taken.clone() })
    }
}

impl Store {
    fn take(&self, what: &str) {
        self.taken.lock().unwrap().push(format!("{}{what}", self.mark));
    }
}

impl Exporter for Store {
    fn name(&self) -> Cow<'static, str> {
        "store".into()
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        batch.iter().for_each(|span| self.take(span.name()));
        Ok(())
    }
}

impl LogExporter for Store {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        batch.iter().for_each(|_| self.take("log"));
        Ok(())
    }
}

impl LogProcessor for Store {
    fn emit(&self, _: &mut SdkLogRecord, _: &opentelemetry::InstrumentationScope) {
        self.take("processed");
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
}

impl PushMetricExporter for Store {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let metrics = metrics.scope_metrics().flat_map(|scope| scope.metrics());
        metrics.filter(|it| it.name() == "orders").for_each(|it| self.take(it.name()));
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.take("ended");
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Delta
    }
}

impl ResourceDetector for Store {
    fn detect(&self) -> Resource {
        let attributes = [("rack", "7"), ("given", "by detector")];
        let attributes = attributes.map(|(key, value)| KeyValue::new(key, value));
        Resource::builder_empty().with_attributes(attributes).build()
    }
}

impl Propagator for Store {
    fn inject(&self, _: &Context, carrier: &mut dyn Injector) {
        carrier.set("x-store", self.mark.clone());
    }

    fn extract(&self, context: Context, _: &dyn Extractor) -> Context {
        context
    }

    fn fields(&self) -> &[&'static str] {
        &["x-store"]
    }
}

fn install(folder: &Folder, plugins: impl IntoIterator<Item = Plugin>) -> trace_runtime::Telemetry {
    let builder = plugins.into_iter().fold(folder.builder(), TelemetryBuilder::with_plugin);
    builder.install().unwrap()
}

#[test]
fn each_kind_of_component_is_used() {
    if !is_alone("each_kind_of_component_is_used") {
        return;
    }
    let folder = Folder::new();
    folder.write(
        "file_format: '1.2'
resource:
  attributes: [{ name: given, value: by file }]
  detection/development: { detectors: [{ rack: }] }
propagator: { composite: [{ store: { mark: here } }] }
tracer_provider:
  processors:
    - simple: { exporter: { store: { mark: exported. } } }
    - store: { mark: processed. }
  sampler: { parent_based: { root: { all: } } }
logger_provider:
  processors: [{ store: }, { simple: { exporter: { store: { mark: exported. } } } }]
meter_provider:
  readers: [{ periodic: { exporter: { store: } } }, { pull: { exporter: { by_hand: } } }]
distribution: { trace-rs: { own_metrics: false } }
",
    );
    let [spans, logs, metrics, none] = [(); 4].map(|()| Taken::default());
    let read = Arc::new(AtomicUsize::new(0));
    let created = read.clone();
    let telemetry = install(
        &folder,
        [
            Plugin::resource_detector("rack", store(&none)),
            Plugin::propagator("store", store(&none)),
            Plugin::sampler("all", |_| Ok(AlwaysOn)),
            Plugin::span_exporter("store", store(&spans)),
            Plugin::span_processor("store", store(&spans)),
            Plugin::log_exporter("store", store(&logs)),
            Plugin::log_processor("store", store(&logs)),
            Plugin::metric_exporter("store", store(&metrics)),
            Plugin::metric_reader("by_hand", move |_| {
                created.fetch_add(1, Ordering::Relaxed);
                Ok(ManualReader::builder().build())
            }),
        ],
    );
    let logger = telemetry.logger_provider().logger("shop");
    logger.emit(logger.create_log_record());
    global::meter("shop").u64_counter("orders").build().add(1, &[]);
    record(0);
    telemetry.force_flush(LONG).unwrap();
    let sorted = |taken: &Taken| {
        let mut taken = taken.lock().unwrap().clone();
        taken.sort();
        taken
    };
    assert_eq!(sorted(&spans), ["exported.outer", "processed.outer"]);
    assert_eq!(sorted(&logs), ["exported.log", "processed"]);
    assert_eq!(sorted(&metrics), ["orders"]);
    assert_eq!(read.load(Ordering::Relaxed), 1);
    let mut headers = std::collections::HashMap::new();
    trace_runtime::propagation::inject(&mut headers);
    assert_eq!(headers["x-store"], "here");
    let snapshot = telemetry.health();
    assert_eq!(snapshot.exporters.len(), 4, "{snapshot:?}");
    telemetry.shutdown(LONG);
    assert_eq!(sorted(&metrics), ["ended", "orders"]);
}

/// Returns the message of a file that is refused, from the line on.
fn refused(text: &str) -> String {
    let folder = Folder::new();
    folder.write(&format!("file_format: '1.2'\n{text}"));
    let taken = Taken::default();
    let plugins = [
        Plugin::span_exporter("store", store(&taken)),
        Plugin::sampler("share", |properties| {
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Share {
                #[expect(dead_code, reason = "only its type is looked at")]
                percent: u8,
            }
            properties.node().deserialize::<Share>()?;
            Ok(AlwaysOff)
        }),
        Plugin::sampler("panics", |_| -> Result<AlwaysOff, PluginError> { panic!("no\nidea") }),
        Plugin::composable_sampler("half", |_| Probability::new(0.5).map_err(PluginError::new)),
    ];
    let builder = plugins.into_iter().fold(folder.builder(), TelemetryBuilder::with_plugin);
    let Err(InitError::Configuration(error)) = builder.install() else {
        panic!("it is not refused: {text}");
    };
    assert_eq!(error.problems().len(), 1, "{error}");
    let problem = &error.problems()[0];
    format!("{}:{}: {}", problem.place().line(), problem.place().column(), problem.kind())
}

#[test]
fn what_is_unknown_or_wrong_has_its_place() {
    if !is_alone("what_is_unknown_or_wrong_has_its_place") {
        return;
    }
    let exporter = |exporter: &str| {
        format!(
            "tracer_provider:\n  processors: [{{ simple: {{ exporter: {{ {exporter} }} }} }}]\n"
        )
    };
    let sampler = |sampler: &str| format!("{}  sampler: {{ {sampler} }}\n", exporter("store:"));
    let cases = [
        (
            exporter("kafka:"),
            "3:40: there is no span exporter `kafka`; known: `console`, `otlp_file/development`, `otlp_grpc`, \
             `otlp_http`, `store`",
        ),
        (exporter("store: { mark: a b }"), "3:55: SpanExporter `store`: a mark is one word"),
        (
            exporter("store: { mark: 5 }"),
            "3:55: SpanExporter `store`: invalid type: integer `5`, expected a string",
        ),
        (
            exporter("store: { mrk: a }"),
            "3:49: SpanExporter `store`: unknown field `mrk`, expected `mark`",
        ),
        (sampler("share:"), "4:19: Sampler `share`: missing field `percent`"),
        (
            sampler("share: { percent: 300 }"),
            "4:32: Sampler `share`: invalid value: integer `300`, expected u8",
        ),
        (sampler("panics:"), "4:14: Sampler `panics`: it panicked: no\\nidea"),
        (
            "propagator: { composite_list: 'b3,ottrace' }".to_owned(),
            "2:13: there is no propagator `ottrace`; known: `b3`, `b3multi`, `baggage`, `jaeger`, `tracecontext`, `xray`",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(&text), expected, "{text}");
    }
}

#[test]
fn a_name_stands_for_one_component() {
    let folder = Folder::new();
    folder.write("file_format: '1.2'\n");
    let store = || Plugin::span_exporter("store", store(&Taken::default()));
    let same = [store(), store()];
    let message = check_with(folder.file(), same).unwrap_err().to_string();
    assert_eq!(message, "there are two span exporters called `store`; each name stands for one");
    let defined = [Plugin::sampler("always_on", |_| Ok(AlwaysOff))];
    let message = check_with(folder.file(), defined).unwrap_err().to_string();
    assert_eq!(message, "there are two samplers called `always_on`; each name stands for one");
    // Types have their own names.
    let others = [store(), Plugin::span_processor("store", self::store(&Taken::default()))];
    check_with(folder.file(), others).unwrap();
}

/// Hangs when it exports, and when it ends, until the test lets it go on.
struct Hanging {
    held: Receiver<()>,
    entered: Arc<AtomicBool>,
}

impl Exporter for Hanging {
    fn name(&self) -> Cow<'static, str> {
        "hanging".into()
    }

    fn export(&mut self, _: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        self.entered.store(true, Ordering::Release);
        let _ = self.held.recv();
        Ok(())
    }

    fn shutdown(&mut self, _: Duration) -> Result<(), ExportError> {
        let _ = self.held.recv();
        Ok(())
    }
}

#[test]
fn plug_ins_are_exchanged_while_the_program_runs() {
    if !is_alone("plug_ins_are_exchanged_while_the_program_runs") {
        return;
    }
    let file = |exporter: &str| {
        format!(
            "file_format: '1.2'\ntracer_provider:\n  processors: [{{ simple: {{ exporter: {{ {exporter} }} }} }}]\n"
        )
    };
    let (go_on, held) = channel();
    let entered = Arc::new(AtomicBool::new(false));
    let hanging = Mutex::new(Some(Hanging { held, entered: entered.clone() }));
    let taken = Taken::default();
    let folder = Folder::new();
    folder.write(&file("hanging:"));
    let telemetry = install(
        &folder,
        [
            Plugin::span_exporter("hanging", move |_| {
                let hanging = hanging.lock().unwrap().take();
                hanging.ok_or_else(|| PluginError::new("there is one only"))
            }),
            Plugin::span_exporter("store", store(&taken)),
        ],
    );
    record(0);
    while !entered.load(Ordering::Acquire) {
        std::thread::yield_now();
    }
    // It hangs, and nothing waits for it.
    let handle = telemetry.config_handle();
    folder.write(&file("store: { mark: a. }"));
    assert!(handle.reload().unwrap());
    record(0);
    while taken.lock().unwrap().is_empty() {
        std::thread::yield_now();
    }
    let report = telemetry.report();
    assert!(report.is_balanced() && report.exporters[0].queued == 1, "{report}");
    // The same properties mean the same exporter.
    folder.write(&format!("# As before.\n{}", file("store: { mark: 'a.' }")));
    assert!(!handle.reload().unwrap());
    folder.write(&file("store: { mark: a b }"));
    let error = handle.reload().unwrap_err();
    assert!(
        matches!(error, ReloadError::Invalid(_)) && error.to_string().contains(":3:"),
        "{error}"
    );
    folder.write(&file("hanging:"));
    assert!(handle.reload().unwrap_err().to_string().contains("there is one only"));
    // Its end is not waited for longer than the shutdown may take.
    let report = telemetry.shutdown(Duration::from_millis(50));
    assert!(report.is_balanced(), "{report}");
    assert_eq!(report.exporters[0].dropped[&DropReason::DeadlineExceeded], 1);
    assert_eq!(*taken.lock().unwrap(), ["a.outer"]);
    drop(go_on);
}
