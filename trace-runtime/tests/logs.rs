//! Tests the span context of log records, and their delivery.
#![cfg(feature = "logs")]

use crate::support::is_alone;
use opentelemetry::InstrumentationScope;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{
    LogBatch, LogExporter, LogProcessor, SdkLogRecord, SdkLoggerProvider,
};
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};
use trace_runtime::export::{NullExporter, QueueSettings};
use trace_runtime::logs::{LogLimits, logger_provider};
use trace_runtime::sampling::AlwaysOff;
use trace_runtime::{
    Baggage, Span, SpanContext, Telemetry, TelemetryBuilder, in_span,
    loss::{DropReason, LogReport},
    trace,
};

const LONG: Duration = Duration::from_secs(20);

fn builder() -> TelemetryBuilder {
    Telemetry::builder().without_env().with_exporter(NullExporter::new()).without_metrics()
}

/// Keeps what it gets.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SdkLogRecord>>>);

impl LogExporter for Kept {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch.iter().map(|(record, _)| record.clone()));
        Ok(())
    }
}

impl Kept {
    fn records(&self) -> Vec<SdkLogRecord> {
        self.0.lock().unwrap().clone()
    }
}

fn say(provider: &SdkLoggerProvider, message: &'static str) {
    let logger = provider.logger("shop");
    let mut record = logger.create_log_record();
    record.set_severity_number(Severity::Info);
    record.set_body(message.into());
    logger.emit(record);
}

/// Asserts that a record contains the ids and flags of a span.
#[track_caller]
fn assert_of(record: &SdkLogRecord, span: &SpanContext) {
    let context = record.trace_context().expect("ids");
    assert_eq!(context.trace_id.to_bytes(), span.trace_id().to_bytes(), "{record:?}");
    assert_eq!(context.span_id.to_bytes(), span.span_id().to_bytes(), "{record:?}");
    assert_eq!(context.trace_flags.unwrap().to_u8(), span.trace_flags().to_u8(), "{record:?}");
}

#[trace]
fn charge(provider: &SdkLoggerProvider) -> SpanContext {
    say(provider, "charged");
    Span::current().context()
}

#[test]
fn records_know_the_span_that_is_current() {
    if !is_alone("records_know_the_span_that_is_current") {
        return;
    }
    let kept = Kept::default();
    let telemetry = builder().with_otel_log_exporter(kept.clone()).install().unwrap();
    let provider = telemetry.logger_provider();
    let charged = charge(&provider);
    let mut detached = Span::builder("detached").start();
    let within = detached.context();
    detached.in_scope(|_| say(&logger_provider(), "within"));
    drop(detached);
    say(&provider, "outside");
    let report = telemetry.force_flush(LONG).unwrap();
    assert_eq!((report.logs.emitted, report.logs.exporters[0].exported), (3, 3));
    let records = kept.records();
    assert_of(&records[0], &charged);
    assert!(charged.is_valid() && charged.is_sampled());
    assert_of(&records[1], &within);
    assert_eq!(records[2].trace_context(), None);
    assert!(records.iter().all(|record| record.observed_timestamp().is_some()));
}

#[test]
fn an_unsampled_span_gives_its_ids_too() {
    if !is_alone("an_unsampled_span_gives_its_ids_too") {
        return;
    }
    let kept = Kept::default();
    let builder = builder().with_sampler(AlwaysOff).with_otel_log_exporter(kept.clone());
    let telemetry = builder.install().unwrap();
    let charged = charge(&telemetry.logger_provider());
    drop(telemetry);
    assert!(charged.is_valid() && !charged.is_sampled());
    assert_of(&kept.records()[0], &charged);
}

#[test]
fn what_a_source_says_itself_stays() {
    if !is_alone("what_a_source_says_itself_stays") {
        return;
    }
    let kept = Kept::default();
    let telemetry = builder().with_otel_log_exporter(kept.clone()).install().unwrap();
    let provider = telemetry.logger_provider();
    let said = in_span("outer", |_| {
        let outer = Span::current().context();
        in_span("inner", |_| {
            let logger = provider.logger("shop");
            let mut record = logger.create_log_record();
            record.set_trace_context(
                outer.trace_id().to_u128().into(),
                outer.span_id().to_u64().into(),
                None,
            );
            logger.emit(record);
        });
        outer
    });
    drop(telemetry);
    let records = kept.records();
    let context = records[0].trace_context().unwrap();
    assert_eq!(context.span_id.to_bytes(), said.span_id().to_bytes());
    assert_eq!(context.trace_flags, None);
}

#[trace(root)]
fn charge_apart(provider: &SdkLoggerProvider) -> SpanContext {
    charge_within(provider)
}

fn charge_within(provider: &SdkLoggerProvider) -> SpanContext {
    say(provider, "charged");
    Span::current().context()
}

#[test]
fn the_innermost_span_counts_whoever_has_made_it() {
    if !is_alone("the_innermost_span_counts_whoever_has_made_it") {
        return;
    }
    let kept = Kept::default();
    let telemetry = builder().with_otel_log_exporter(kept.clone()).install().unwrap();
    let provider = telemetry.logger_provider();
    let remote = |id: u64| {
        let (trace, span) = (u128::from(id).into(), id.into());
        opentelemetry::Context::new().with_remote_span_context(
            opentelemetry::trace::SpanContext::new(
                trace,
                span,
                opentelemetry::TraceFlags::SAMPLED,
                true,
                Default::default(),
            ),
        )
    };
    let contexts = {
        let _attached = remote(7).attach();
        let around = charge_within(&provider);
        let root = charge_apart(&provider);
        let continued = charge(&provider);
        let other = in_span("ours", |_| {
            let _attached = remote(8).attach();
            charge_within(&provider)
        });
        [around, root, continued, other]
    };
    drop(telemetry);
    assert_eq!([0, 2, 3].map(|at: usize| contexts[at].trace_id().to_u128()), [7, 7, 8]);
    assert_ne!(contexts[1].trace_id().to_u128(), 7);
    for (record, context) in kept.records().iter().zip(&contexts) {
        assert_of(record, context);
    }
}

#[test]
fn across_await_and_spawn() {
    if !is_alone("across_await_and_spawn") {
        return;
    }
    use trace_runtime::Instrument;

    #[trace]
    async fn task(provider: SdkLoggerProvider) -> SpanContext {
        tokio::task::yield_now().await;
        say(&provider, "in a task");
        Span::current().context()
    }

    let kept = Kept::default();
    let telemetry = builder().with_otel_log_exporter(kept.clone()).install().unwrap();
    let provider = telemetry.logger_provider();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let contexts = runtime.block_on(async {
        let own = task(provider.clone());
        let spawned = tokio::spawn(task(provider.clone()).in_current_span());
        let plain = {
            let provider = provider.clone();
            async move {
                tokio::task::yield_now().await;
                say(&provider, "instrumented");
                Span::current().context()
            }
        };
        let plain = tokio::spawn(plain.instrument(Span::builder("plain").start()));
        [own.await, spawned.await.unwrap(), plain.await.unwrap()]
    });
    drop(telemetry);
    let records = kept.records();
    assert_eq!(records.len(), 3);
    for context in &contexts {
        let is_of = |record: &&SdkLogRecord| {
            let ids = record.trace_context().unwrap();
            ids.span_id.to_bytes() == context.span_id().to_bytes()
        };
        assert_of(records.iter().find(is_of).expect("a record of each"), context);
    }
}

#[test]
fn the_provider_of_the_process_goes_to_whatever_runs() {
    if !is_alone("the_provider_of_the_process_goes_to_whatever_runs") {
        return;
    }
    let provider = logger_provider();
    let logger = provider.logger("asked for before");
    let emit = || logger.emit(logger.create_log_record());
    emit();
    assert!(!logger.event_enabled(Severity::Error, "shop", None));
    for _ in 0..2 {
        let kept = Kept::default();
        let telemetry = builder().with_otel_log_exporter(kept.clone()).install().unwrap();
        assert!(logger.event_enabled(Severity::Error, "shop", None));
        emit();
        let report = telemetry.shutdown(LONG);
        assert!(report.is_balanced() && report.is_lossless(), "{report}");
        emit();
        assert_eq!(telemetry.shutdown(LONG), report, "the last word");
        assert_eq!(kept.records().len(), 1);
    }
    let telemetry = builder().install().unwrap();
    emit();
    assert_eq!(telemetry.shutdown(LONG).logs, LogReport::default(), "nobody takes them");
}

#[test]
fn baggage_is_copied_if_it_is_allowed() {
    if !is_alone("baggage_is_copied_if_it_is_allowed") {
        return;
    }
    let kept = Kept::default();
    let telemetry = builder()
        .with_otel_log_exporter(kept.clone())
        .with_baggage_log_attributes(["tenant"])
        .install()
        .unwrap();
    let provider = telemetry.logger_provider();
    let baggage = Baggage::new().with_entry("tenant", "t1").with_entry("secret", "s");
    {
        let _attached = baggage.attach();
        in_span("outer", |_| say(&provider, "within"));
    }
    say(&provider, "outside");
    drop(telemetry);
    let attributes: Vec<Vec<_>> = kept
        .records()
        .iter()
        .map(|record| record.attributes_iter().map(|it| format!("{it:?}")).collect())
        .collect();
    assert_eq!(attributes[0].len(), 1);
    assert!(attributes[0][0].contains("tenant") && attributes[0][0].contains("t1"));
    assert!(attributes[1].is_empty());
}

#[test]
fn limits_cut_attributes_and_nothing_else() {
    if !is_alone("limits_cut_attributes_and_nothing_else") {
        return;
    }
    let kept = Kept::default();
    let telemetry = builder()
        .with_otel_log_exporter(kept.clone())
        .with_log_limits(
            LogLimits::default().with_attribute_count(2).with_attribute_value_length(3),
        )
        .install()
        .unwrap();
    let logger = telemetry.logger_provider().logger("shop");
    let mut record = logger.create_log_record();
    record.set_body("a long message".into());
    record.set_target("a long target");
    record.set_event_name("a long name");
    record.set_severity_text("LONGER");
    record.set_severity_number(Severity::Warn);
    record.add_attribute("text", "äöüß");
    record.add_attribute("number", 123_456);
    record.add_attribute("beyond", true);
    in_span("span", |_| logger.emit(record.clone()));
    drop(telemetry);
    let cut = &kept.records()[0];
    assert_eq!((cut.body(), cut.target()), (record.body(), record.target()));
    assert_eq!((cut.event_name(), cut.severity_text()), (Some("a long name"), Some("LONGER")));
    assert_eq!(cut.severity_number(), Some(Severity::Warn));
    assert!(cut.trace_context().is_some() && cut.observed_timestamp().is_some());
    let attributes: Vec<_> = cut.attributes_iter().cloned().collect();
    assert_eq!(attributes, [("text".into(), "äöü".into()), ("number".into(), 123_456.into())]);
}

#[test]
fn nested_values_of_attributes_are_cut_at_the_limit() {
    if !is_alone("nested_values_of_attributes_are_cut_at_the_limit") {
        return;
    }
    let kept = Kept::default();
    let telemetry = builder()
        .with_otel_log_exporter(kept.clone())
        .with_log_limits(LogLimits::default().with_attribute_value_depth(2))
        .install()
        .unwrap();
    let list = |inner: AnyValue| AnyValue::ListAny(Box::new(vec![inner, 7.into()]));
    let map = |inner: AnyValue| AnyValue::Map(Box::new(HashMap::from([("k".into(), inner)])));
    let [allowed, deep] = [list(map("text".into())), list(map(list("text".into())))];
    let logger = telemetry.logger_provider().logger("shop");
    let mut record = logger.create_log_record();
    record.set_body(deep.clone());
    record.add_attribute("allowed", allowed.clone());
    record.add_attribute("deep", deep.clone());
    logger.emit(record);
    drop(telemetry);
    let cut = &kept.records()[0];
    assert_eq!(cut.body(), Some(&deep), "a message has no such limit");
    let expected = list(map("… 3 values nested deeper".into()));
    let attributes: Vec<_> = cut.attributes_iter().cloned().collect();
    assert_eq!(attributes, [("allowed".into(), allowed), ("deep".into(), expected)]);
}

/// Lets a test hold an exporter up.
#[derive(Clone, Debug, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let mut open = self.0.0.lock().unwrap();
        while !*open {
            open = self.0.1.wait(open).unwrap();
        }
    }
}

#[derive(Debug)]
enum Misbehaving {
    Failing,
    Panicking,
    Hanging(Gate),
}

impl LogExporter for Misbehaving {
    async fn export(&self, _: LogBatch<'_>) -> OTelSdkResult {
        match self {
            Self::Failing => Err(OTelSdkError::InternalFailure("no route".to_owned())),
            Self::Panicking => std::panic::resume_unwind(Box::new("oh")),
            Self::Hanging(gate) => {
                gate.pass();
                Ok(())
            }
        }
    }
}

/// Returns, for each exporter, the number that it dropped for a reason.
fn dropped(report: &LogReport, reason: DropReason) -> Vec<u64> {
    let of = |drops: &trace_runtime::loss::Drops| drops.get(&reason).copied().unwrap_or_default();
    report.exporters.iter().map(|exporter| of(&exporter.dropped)).collect()
}

#[test]
fn what_exporters_lose_is_counted() {
    if !is_alone("what_exporters_lose_is_counted") {
        return;
    }
    let (kept, gate) = (Kept::default(), Gate::default());
    let telemetry = builder()
        .with_otel_log_exporter(Misbehaving::Failing)
        .with_otel_log_exporter(Misbehaving::Panicking)
        .with_otel_log_exporter(Misbehaving::Hanging(gate.clone()))
        .with_otel_log_exporter(kept.clone())
        .install()
        .unwrap();
    let provider = telemetry.logger_provider();
    (0..5).for_each(|_| say(&provider, "x"));
    let begun = Instant::now();
    let report = telemetry.shutdown(Duration::from_millis(300));
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(report.is_balanced() && !report.is_lossless(), "{report}");
    assert_eq!(report.logs.emitted, 5);
    assert_eq!(dropped(&report.logs, DropReason::ExportFailed), [5, 0, 0, 0]);
    assert_eq!(dropped(&report.logs, DropReason::ExporterPanicked), [0, 5, 0, 0]);
    assert_eq!(dropped(&report.logs, DropReason::DeadlineExceeded), [0, 0, 5, 0]);
    assert_eq!(kept.records().len(), 5);
    let text = report.to_string();
    assert!(text.contains("5 log records emitted; Misbehaving: 0 exported, 5 dropped"), "{text}");
    assert!(text.contains("last error: no route"), "{text}");
    gate.open();
}

#[test]
fn a_full_queue_drops_and_counts() {
    if !is_alone("a_full_queue_drops_and_counts") {
        return;
    }
    let gate = Gate::default();
    let telemetry = builder()
        .with_otel_log_exporter(Misbehaving::Hanging(gate.clone()))
        .with_log_queue(QueueSettings::default().with_max_queue(600).with_max_batch(100))
        .install()
        .unwrap();
    let provider = telemetry.logger_provider();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    say(&provider, "x");
                    let report = telemetry.report();
                    assert!(report.is_balanced(), "{report}");
                }
            });
        }
    });
    // All of them are handed over while the exporter hangs.
    telemetry.force_flush(Duration::from_millis(50)).unwrap_err();
    gate.open();
    let report = telemetry.shutdown(LONG);
    assert!(report.is_balanced(), "{report}");
    let lost = dropped(&report.logs, DropReason::QueueFull)[0];
    let exported = report.logs.exporters[0].exported;
    assert_eq!((report.logs.emitted, exported + lost), (4_000, 4_000));
    // What was queued, and what was in hand.
    assert!((600..=700).contains(&exported), "{report}");
}

/// Emits while it exports.
#[derive(Debug)]
struct Echoing(Arc<Mutex<usize>>);

impl LogExporter for Echoing {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        *self.0.lock().unwrap() += batch.iter().count();
        say(&logger_provider(), "exported");
        assert!(!logger_provider().logger("x").event_enabled(Severity::Error, "x", None));
        Ok(())
    }
}

#[test]
fn what_exporting_threads_emit_is_not_exported() {
    if !is_alone("what_exporting_threads_emit_is_not_exported") {
        return;
    }
    let count = Arc::new(Mutex::new(0));
    let telemetry = builder().with_otel_log_exporter(Echoing(count.clone())).install().unwrap();
    say(&logger_provider(), "x");
    telemetry.force_flush(LONG).unwrap();
    telemetry.force_flush(LONG).unwrap();
    let report = telemetry.shutdown(LONG);
    assert_eq!((report.logs.emitted, *count.lock().unwrap()), (1, 1));
    assert!(report.is_lossless(), "{report}");
}

#[derive(Debug)]
struct Marking(Arc<Mutex<Vec<&'static str>>>);

impl LogProcessor for Marking {
    fn emit(&self, record: &mut SdkLogRecord, _: &InstrumentationScope) {
        assert!(record.body().is_some(), "a body");
        record.add_attribute("has_ids", record.trace_context().is_some());
        self.0.lock().unwrap().push("emit");
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.lock().unwrap().push("flush");
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.0.lock().unwrap().push("shutdown");
        Ok(())
    }
}

#[test]
fn processors_come_before_exporters() {
    if !is_alone("processors_come_before_exporters") {
        return;
    }
    let (kept, calls) = (Kept::default(), Arc::default());
    let telemetry = builder()
        .with_log_processor(Marking(Arc::clone(&calls)))
        .with_otel_log_exporter(kept.clone())
        .install()
        .unwrap();
    let provider = telemetry.logger_provider();
    in_span("span", |_| say(&provider, "x"));
    // One that panics does no harm.
    let logger = provider.logger("shop");
    logger.emit(logger.create_log_record());
    telemetry.force_flush(LONG).unwrap();
    drop(telemetry);
    assert_eq!(*calls.lock().unwrap(), ["emit", "flush", "shutdown"]);
    let records = kept.records();
    assert_eq!(records.len(), 2);
    let marked: Vec<_> = records[0].attributes_iter().cloned().collect();
    assert_eq!(marked, [("has_ids".into(), true.into())]);
}

#[test]
fn a_flush_brings_everything_and_ends_in_time() {
    if !is_alone("a_flush_brings_everything_and_ends_in_time") {
        return;
    }
    let (kept, gate) = (Kept::default(), Gate::default());
    let telemetry = builder()
        .with_otel_log_exporter(kept.clone())
        .with_otel_log_exporter(Misbehaving::Hanging(gate.clone()))
        .with_log_queue(QueueSettings::default().with_delay(Duration::from_secs(3_600)))
        .install()
        .unwrap();
    let provider = telemetry.logger_provider();
    for message in ["one", "two", "three"] {
        say(&provider, message);
    }
    let error = telemetry.force_flush(Duration::from_millis(200)).unwrap_err();
    assert!(error.report().is_balanced());
    let bodies: Vec<_> = kept.records().iter().map(|it| it.body().cloned().unwrap()).collect();
    assert_eq!(bodies, ["one".into(), "two".into(), "three".into()]);
    gate.open();
    // The SDK's own way flushes as well.
    say(&provider, "four");
    provider.force_flush().unwrap();
    assert_eq!(kept.records().len(), 4);
    provider.shutdown().unwrap();
    say(&logger_provider(), "the pipeline goes on");
    assert!(telemetry.shutdown(LONG).is_lossless());
    assert_eq!(kept.records().len(), 5);
}
