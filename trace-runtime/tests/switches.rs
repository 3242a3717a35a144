//! Switches: what is off, what that leaves, and how all of it is counted.
#![cfg(feature = "enabled")]

use crate::support::is_alone;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use trace_runtime::export::{ExportError, Exporter, FinishedSpan, NullExporter};
use trace_runtime::health::HealthState;
use trace_runtime::loss::{DropReason, LossReport};
use trace_runtime::propagation::{self, SpanId, TraceFlags, TraceId};
use trace_runtime::sampling::{AlwaysOff, Composite, Rule, RuleBased, TailSampling, Tenants};
use trace_runtime::{
    ControlError, Signal, Span, SpanContext, Status, Telemetry, in_span, metered, trace,
};

const PATIENCE: Duration = Duration::from_secs(60);

/// An exporter that keeps the names of spans, and hangs where that is wanted.
#[derive(Clone, Default)]
struct Kept {
    name: &'static str,
    names: Arc<Mutex<Vec<String>>>,
    hangs: Arc<AtomicBool>,
    is_called: Arc<AtomicBool>,
}

impl Kept {
    fn named(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    fn take(&self) -> Vec<String> {
        let mut names = std::mem::take(&mut *self.names.lock().unwrap());
        names.sort();
        names
    }
}

impl Exporter for Kept {
    fn name(&self) -> Cow<'static, str> {
        self.name.into()
    }

    fn max_delay(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        self.is_called.store(true, Ordering::Release);
        while self.hangs.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        self.names.lock().unwrap().extend(batch.iter().map(|span| span.name().to_owned()));
        Ok(())
    }
}

fn install(exporters: &[&Kept]) -> Telemetry {
    let builder = Telemetry::builder().without_env().without_startup_line();
    let builder = exporters.iter().fold(builder, |it, kept| it.with_exporter((*kept).clone()));
    builder.install().unwrap()
}

#[track_caller]
fn flushed(telemetry: &Telemetry) -> LossReport {
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert!(report.is_balanced(), "{report:?}");
    report
}

#[trace]
fn request() {
    step();
    inner::query();
}

#[trace]
#[metered]
fn step() {}

mod inner {
    use trace_runtime::trace;

    #[trace]
    pub(crate) fn query() {
        super::step();
    }
}

#[test]
fn everything_is_switched_off_and_on() {
    if !is_alone("everything_is_switched_off_and_on") {
        return;
    }
    let kept = Kept::named("kept");
    let telemetry = install(&[&kept]);
    let switches = telemetry.switches();
    let open = Span::builder("open").start();
    switches.set_telemetry(false).unwrap();
    assert_eq!(switches.off().unwrap(), ["telemetry"]);
    request();
    assert!(!Span::current().is_recording());
    open.end();
    assert!(flushed(&telemetry).is_lossless());
    assert_eq!(kept.take(), ["open"]);
    switches.set_telemetry(true).unwrap();
    step();
    assert!(flushed(&telemetry).is_lossless());
    assert_eq!(kept.take(), ["step"]);
    assert!(switches.off().unwrap().is_empty());
    drop(telemetry);
    assert_eq!(switches.set_telemetry(true), Err(ControlError::Ended));
    step();
    assert!(kept.take().is_empty());
}

#[test]
fn a_module_and_a_function_are_off_and_what_they_call_is_not() {
    if !is_alone("a_module_and_a_function_are_off_and_what_they_call_is_not") {
        return;
    }
    let kept = Kept::named("kept");
    let telemetry = install(&[&kept]);
    let switches = telemetry.switches();
    for _ in 0..2 {
        request();
        assert!(flushed(&telemetry).is_lossless());
        assert_eq!(kept.take(), ["query", "request", "step", "step"]);
        switches.set_module("suite::switches::inner", false).unwrap();
        request();
        assert!(flushed(&telemetry).is_lossless());
        assert_eq!(kept.take(), ["request", "step", "step"]);
        switches.set_function("suite::switches::step", false).unwrap();
        assert_eq!(
            switches.off().unwrap(),
            ["module suite::switches::inner", "function suite::switches::step"]
        );
        request();
        assert!(flushed(&telemetry).is_lossless());
        assert_eq!(kept.take(), ["request"]);
        switches.set_module("suite::switches::inner", true).unwrap();
        switches.set_function("suite::switches::step", true).unwrap();
    }
    let error = switches.set_function("suite::switches::stepp", false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no annotated function has the path `suite::switches::stepp`; did you mean `suite::switches::step`?"
    );
}

#[test]
fn an_exporter_that_is_off_gets_nothing_and_others_everything() {
    if !is_alone("an_exporter_that_is_off_gets_nothing_and_others_everything") {
        return;
    }
    let (one, other) = (Kept::named("one"), Kept::named("other"));
    let telemetry = install(&[&one, &other]);
    let switches = telemetry.switches();
    switches.set_exporter("one", false).unwrap();
    step();
    let report = flushed(&telemetry);
    assert!(report.is_lossless(), "{report:?}");
    assert_eq!(report.exporters[0].dropped, [(DropReason::SwitchedOff, 1)].into());
    assert_eq!((one.take(), other.take()), (Vec::new(), vec!["step".to_owned()]));
    assert_eq!(switches.off().unwrap(), ["exporter one"]);

    // What waits when it is switched off is dropped too.
    switches.set_exporter("one", true).unwrap();
    one.hangs.store(true, Ordering::Release);
    one.is_called.store(false, Ordering::Release);
    step();
    let deadline = Instant::now() + PATIENCE;
    while !one.is_called.load(Ordering::Acquire) {
        assert!(Instant::now() < deadline);
        let _ = telemetry.force_flush(Duration::from_millis(20));
    }
    step();
    let _ = telemetry.force_flush(Duration::from_millis(20));
    switches.set_exporter("one", false).unwrap();
    one.hangs.store(false, Ordering::Release);
    let report = flushed(&telemetry);
    assert_eq!(report.exporters[0].dropped, [(DropReason::SwitchedOff, 2)].into());
    assert_eq!(one.take(), ["step"]);
    let error = switches.set_exporter("two", false).unwrap_err().to_string();
    assert_eq!(error, "there is no exporter `two`; the pipeline has `one`, `other`");
}

#[test]
fn without_traces_the_context_of_a_caller_is_passed_on_as_it_came() {
    if !is_alone("without_traces_the_context_of_a_caller_is_passed_on_as_it_came") {
        return;
    }
    let kept = Kept::named("kept");
    let telemetry = install(&[&kept]);
    let switches = telemetry.switches();
    switches.set_signal(Signal::Traces, false).unwrap();
    let caller =
        SpanContext::remote(TraceId::from_u128(7), SpanId::from_u64(9), TraceFlags::SAMPLED);
    let passed_on = || {
        let _caller = caller.attach();
        in_span("request", |_| {
            let mut headers = HashMap::new();
            propagation::inject(&mut headers);
            headers["traceparent"].clone()
        })
    };
    assert_eq!(passed_on(), "00-00000000000000000000000000000007-0000000000000009-01");
    request();
    assert!(flushed(&telemetry).is_lossless());
    assert!(kept.take().is_empty());
    assert_eq!(switches.off().unwrap(), ["signal traces"]);
    switches.set_signal(Signal::Traces, true).unwrap();
    assert_ne!(passed_on(), "00-00000000000000000000000000000007-0000000000000009-01");
    assert_eq!(flushed(&telemetry).started, 1);
}

#[test]
fn what_is_killed_is_not_exported_and_counted() {
    if !is_alone("what_is_killed_is_not_exported_and_counted") {
        return;
    }
    let kept = Kept::named("kept");
    let telemetry = install(&[&kept]);
    let switches = telemetry.switches();
    // The exporter hangs with the first span, and others wait for it.
    kept.hangs.store(true, Ordering::Release);
    in_span("sent", |_| ());
    while !kept.is_called.load(Ordering::Acquire) {
        let _ = telemetry.force_flush(Duration::from_millis(20));
    }
    in_span("waiting", |_| ());
    let _ = telemetry.force_flush(Duration::from_millis(20));
    let open = Span::builder("open").start();
    in_span("ended", |_| {
        switches.kill();
        step();
        assert_eq!(switches.set_telemetry(true), Err(ControlError::Killed));
        assert_eq!(switches.off(), Err(ControlError::Killed));
        let health = telemetry.health();
        assert_eq!((health.state, health.is_disabled), (HealthState::Healthy, true));
    });
    open.end();
    request();
    kept.hangs.store(false, Ordering::Release);
    let report = flushed(&telemetry);
    assert_eq!((report.started, report.buffered), (4, 0), "{report:?}");
    let killed = |drops: &trace_runtime::loss::Drops| drops.get(&DropReason::Killed).copied();
    let dropped = killed(&report.dropped).unwrap_or(0);
    let at_exporter = killed(&report.exporters[0].dropped).unwrap_or(0);
    assert_eq!(dropped + at_exporter, 3, "{report:?}");
    assert!(at_exporter >= 1 && report.total_dropped() == 3, "{report:?}");
    // What was being sent is not interrupted.
    assert_eq!(kept.take(), ["sent"]);
    drop(telemetry);

    let telemetry = install(&[&kept]);
    request();
    assert!(flushed(&telemetry).is_lossless());
    assert_eq!(kept.take().len(), 4);
    // The handle of a pipeline that has ended ends no other.
    switches.kill();
    step();
    assert!(flushed(&telemetry).is_lossless());
    assert_eq!(kept.take(), ["step"]);
}

#[test]
fn the_kill_reaches_undecided_traces_and_threads_that_record() {
    if !is_alone("the_kill_reaches_undecided_traces_and_threads_that_record") {
        return;
    }
    let kept = Kept::named("kept");
    let builder = Telemetry::builder().without_env().with_exporter(kept.clone());
    let telemetry = builder.with_tail_sampling(TailSampling::new(1.0)).install().unwrap();
    let open = Span::builder("open").start();
    in_span("root", |_| ());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..20_000).for_each(|_| request()));
        }
        telemetry.switches().kill();
    });
    let report = flushed(&telemetry);
    assert_eq!(report.buffered, 0, "{report:?}");
    assert!(report.dropped.contains_key(&DropReason::Killed), "{report:?}");
    assert!(!kept.take().contains(&"open".to_owned()));
    open.end();
    let report = telemetry.shutdown(PATIENCE);
    assert!(report.is_balanced(), "{report:?}");
}

#[test]
fn a_tenant_is_switched_off_whatever_speaks_for_its_traces() {
    if !is_alone("a_tenant_is_switched_off_whatever_speaks_for_its_traces") {
        return;
    }
    let kept = Kept::named("kept");
    let builder = Telemetry::builder().without_env().with_exporter(kept.clone());
    let tail = TailSampling::new(1.0).with_tenants(Tenants::default().with_most(1));
    let telemetry = builder.with_tail_sampling(tail.clone()).install().unwrap();
    let switches = telemetry.switches();
    let of = |tenant: &'static str| {
        Span::builder(tenant).with_attribute("tenant", tenant).in_scope(|span| {
            span.set_status(Status::error("no"));
        });
    };
    of("acme");
    assert!(flushed(&telemetry).is_lossless());
    switches.set_tenant("acme", false).unwrap();
    switches.set_tenant("late", false).unwrap();
    assert_eq!(switches.off().unwrap(), ["tenant acme", "tenant late"]);
    // Other settings do not switch it on again.
    telemetry.sampling().set_tail(tail).unwrap();
    ["acme", "late", "other"].into_iter().for_each(of);
    let report = flushed(&telemetry);
    assert_eq!(report.dropped, [(DropReason::SwitchedOff, 2)].into());
    assert!(report.is_lossless(), "{report:?}");
    assert_eq!(kept.take(), ["acme", "other"]);
    switches.set_tenant("acme", true).unwrap();
    of("acme");
    assert_eq!(flushed(&telemetry).dropped, [(DropReason::SwitchedOff, 2)].into());
    assert_eq!(kept.take(), ["acme"]);
    drop(telemetry);

    let telemetry = install(&[&kept]);
    let error = telemetry.switches().set_tenant("acme", false).unwrap_err();
    assert_eq!(error, ControlError::NoTenants);
}

#[test]
fn a_trace_that_is_only_recorded_stays_whole_when_the_share_changes() {
    if !is_alone("a_trace_that_is_only_recorded_stays_whole_when_the_share_changes") {
        return;
    }
    let rules = [Rule::thin(1.0).with_names(["step"]), Rule::keeping(0.0)];
    let kept = Kept::named("kept");
    let telemetry = Telemetry::builder()
        .without_env()
        .with_exporter(kept.clone())
        .with_sampler(Composite::new(RuleBased::new(rules).unwrap()))
        .with_tail_sampling(TailSampling::new(0.0))
        .install()
        .unwrap();
    in_span("request", |span| {
        telemetry.switches().set_canary(0.0).unwrap();
        step();
        span.set_status(Status::error("no"));
    });
    assert!(flushed(&telemetry).is_lossless());
    assert_eq!(kept.take(), ["request", "step"]);
    step();
    assert!(kept.take().is_empty());
}

#[test]
fn a_share_of_the_traces_is_recorded_and_nothing_of_the_others() {
    if !is_alone("a_share_of_the_traces_is_recorded_and_nothing_of_the_others") {
        return;
    }
    const ROOTS: u64 = 4_000;
    let builder = || Telemetry::builder().without_env().with_exporter(NullExporter::new());
    // With tail sampling too, which otherwise records everything.
    let tail = TailSampling::new(1.0);
    for builder in [builder(), builder().with_tail_sampling(tail)] {
        let telemetry = builder.install().unwrap();
        let switches = telemetry.switches();
        let started = |share| {
            switches.set_canary(share).unwrap();
            let before = flushed(&telemetry).started;
            (0..ROOTS).for_each(|_| request());
            let report = flushed(&telemetry);
            assert!(report.is_lossless(), "{report:?}");
            (report.started - before) / 4
        };
        assert_eq!(started(0.0), 0);
        // Five standard deviations.
        assert!((1_000 - 137..1_000 + 137).contains(&started(0.25)));
        assert_eq!(switches.off().unwrap(), ["all traces but a share of 0.25"]);
        assert_eq!(started(1.0), ROOTS);
        // The sampler decides about those that are left.
        telemetry.sampling().set_sampler(AlwaysOff).unwrap();
        assert_eq!(telemetry.sampling().sampler().unwrap(), "AlwaysOffSampler");
        for invalid in [-0.1, 1.5, f64::NAN] {
            let error = switches.set_canary(invalid).unwrap_err().to_string();
            assert_eq!(error, format!("{invalid} is no share: it is a number from 0 to 1"));
        }
    }
}

#[cfg(feature = "metrics")]
#[test]
fn metrics_are_switched_off_alone() {
    use opentelemetry_sdk::metrics::ManualReader;
    use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
    use opentelemetry_sdk::metrics::reader::MetricReader;
    use std::sync::Weak;

    #[derive(Clone, Debug)]
    struct Reader(Arc<ManualReader>);
    impl MetricReader for Reader {
        fn register_pipeline(&self, pipeline: Weak<opentelemetry_sdk::metrics::Pipeline>) {
            self.0.register_pipeline(pipeline);
        }
        fn collect(
            &self,
            metrics: &mut ResourceMetrics,
        ) -> opentelemetry_sdk::error::OTelSdkResult {
            self.0.collect(metrics)
        }
        fn force_flush(&self) -> opentelemetry_sdk::error::OTelSdkResult {
            self.0.force_flush()
        }
        fn shutdown_with_timeout(
            &self,
            timeout: Duration,
        ) -> opentelemetry_sdk::error::OTelSdkResult {
            self.0.shutdown_with_timeout(timeout)
        }
        fn temporality(
            &self,
            kind: opentelemetry_sdk::metrics::InstrumentKind,
        ) -> opentelemetry_sdk::metrics::Temporality {
            self.0.temporality(kind)
        }
    }

    if !is_alone("metrics_are_switched_off_alone") {
        return;
    }
    let (kept, reader) = (Kept::named("kept"), Reader(Arc::new(ManualReader::builder().build())));
    let builder = Telemetry::builder().without_env().with_exporter(kept.clone());
    let telemetry = builder.with_metric_reader(reader.clone()).install().unwrap();
    let switches = telemetry.switches();
    let calls = || {
        let _ = flushed(&telemetry);
        let mut metrics = ResourceMetrics::default();
        reader.collect(&mut metrics).unwrap();
        let metrics = metrics.scope_metrics().flat_map(|scope| scope.metrics());
        let calls = metrics.filter(|metric| metric.name() == "function.calls");
        let sums = calls.map(|metric| match metric.data() {
            AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                sum.data_points().map(|point| point.value()).sum::<u64>()
            }
            other => panic!("{other:?}"),
        });
        sums.sum::<u64>()
    };
    step();
    assert_eq!(calls(), 1);
    switches.set_signal(Signal::Metrics, false).unwrap();
    assert_eq!(switches.off().unwrap(), ["signal metrics"]);
    step();
    assert_eq!(calls(), 1);
    switches.set_signal(Signal::Metrics, true).unwrap();
    switches.set_signal(Signal::Traces, false).unwrap();
    step();
    assert_eq!(calls(), 2);
    assert_eq!(kept.take(), ["step", "step"]);
}

#[cfg(feature = "logs")]
#[test]
fn logs_are_switched_off_alone() {
    use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _, Severity};

    if !is_alone("logs_are_switched_off_alone") {
        return;
    }
    let kept = Kept::named("kept");
    let builder = Telemetry::builder().without_env().with_exporter(kept.clone());
    let logs = trace_testkit::receiver::Receiver::start().unwrap();
    let settings = trace_runtime::export::OtlpSettings::default()
        .with_endpoint(logs.http_endpoint(trace_testkit::receiver::Signal::Logs));
    let telemetry = builder.with_otlp_logs(settings).install().unwrap();
    let switches = telemetry.switches();
    let logger = telemetry.logger_provider().logger("shop");
    let emit = |body: &'static str| {
        let mut record = logger.create_log_record();
        record.set_body(body.into());
        record.set_severity_number(Severity::Info);
        logger.emit(record);
    };
    emit("first");
    switches.set_signal(Signal::Logs, false).unwrap();
    assert!(!logger.event_enabled(Severity::Info, "shop", None));
    emit("second");
    switches.set_signal(Signal::Logs, true).unwrap();
    assert_eq!(flushed(&telemetry).logs.exporters[0].exported, 1);
    switches.set_exporter("otlp", false).unwrap();
    emit("third");
    step();
    let report = flushed(&telemetry);
    assert_eq!(report.logs.emitted, 2);
    assert_eq!(report.logs.exporters[0].dropped, [(DropReason::SwitchedOff, 1)].into());
    assert!(report.is_lossless(), "{report:?}");
    assert_eq!(kept.take(), ["step"]);
    logs.logs().containing("first").one();
    logs.logs().containing("second").none();
}
