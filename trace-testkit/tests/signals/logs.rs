//! Tests logs.

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use std::sync::LazyLock;
use trace_runtime::{Instrument, in_span, trace};
use trace_testkit::model::Severity::{Info, Warn};
use trace_testkit::{LogCollector, capture};

fn log(provider: &SdkLoggerProvider, severity: Severity, body: &'static str) {
    let logger = provider.logger("shop");
    let mut record = logger.create_log_record();
    record.set_severity_number(severity);
    record.set_body(AnyValue::from(body));
    record.add_attribute("attempt", 2);
    logger.emit(record);
}

#[test]
fn logs_know_the_span_that_they_are_written_in() {
    let t = capture();
    let provider = t.logger_provider();
    in_span("checkout", |_| {
        log(&provider, Severity::Info, "begin");
        in_span("charge", |_| log(&provider, Severity::Warn, "retry"));
    });
    log(&provider, Severity::Info2, "after");
    t.logs().at(Warn).containing("retry").in_span("charge").one();
    t.logs().at(Info).in_span("checkout").body("begin").with("attempt", 2).one();
    t.logs().within("checkout").count(2);
    t.logs().outside_spans().body("after").at(Info).scope("shop").one();
    let (retry, charge) = (t.logs().at(Warn).first(), &t.spans()[1]);
    assert_eq!((retry.trace_id, retry.span_id), (charge.trace_id, charge.span_id));
}

#[test]
fn a_log_in_an_open_span_is_described_so() {
    let t = capture();
    let provider = t.logger_provider();
    in_span("checkout", |_| {
        log(&provider, Severity::Warn, "retry");
        t.logs().in_span("checkout").one();
        let report = t.logs().in_span("charge").try_one().unwrap_err().to_string();
        assert!(report.contains("in span `checkout`, still open"), "{report}");
    });
}

static PROVIDER: LazyLock<SdkLoggerProvider> = LazyLock::new(|| {
    let resource = Resource::builder_empty().with_service_name("shop").build();
    let collector = LogCollector::new();
    SdkLoggerProvider::builder().with_resource(resource).with_log_processor(collector).build()
});

#[trace]
async fn charge(body: &'static str) {
    tokio::task::yield_now().await;
    log(&PROVIDER, Severity::Warn, body);
}

/// One provider for the process, many captures at once.
#[test]
fn a_shared_provider_logs_into_the_capture_that_uses_it() {
    std::thread::scope(|scope| {
        for body in ["one", "two", "three", "four"] {
            scope.spawn(move || checkout(body));
        }
    });
}

#[trace_testkit::test(flavor = "multi_thread")]
async fn a_shared_provider_follows_tasks(t: trace_testkit::Capture) {
    in_span("checkout", |_| tokio::spawn(charge("spawned").in_current_span())).await.unwrap();
    t.logs().body("spawned").in_span("charge").within("checkout").one();
}

fn checkout(body: &'static str) {
    let t = capture();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(charge(body));
    log(&PROVIDER, Severity::Info, body);
    t.logs().at(Warn).body(body).in_span("charge").one();
    assert_eq!(t.logs().count(2)[0].resource.attribute("service.name"), Some(&"shop".into()));
}

/// A root of ours continues from an attached context; logs in it are in ours, the inner one.
#[test]
fn of_two_spans_of_one_trace_ours_is_the_inner_one() {
    use opentelemetry::Context;
    use opentelemetry::trace::{
        SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState,
    };
    let t = capture();
    let provider = t.logger_provider();
    let outer = SpanContext::new(
        TraceId::from_bytes([7; 16]),
        SpanId::from_bytes([8; 8]),
        TraceFlags::SAMPLED,
        false,
        TraceState::default(),
    );
    let _attached = Context::new().with_remote_span_context(outer).attach();
    log(&provider, Severity::Info, "outside");
    in_span("handler", |_| log(&provider, Severity::Info, "inside"));
    t.logs().body("inside").in_span("handler").one();
    let outside = t.logs().body("outside").one();
    assert_eq!(outside.span_id.to_bytes(), [8; 8]);
}

#[test]
fn a_log_without_a_context_is_reported() {
    let t = capture();
    let worker = std::thread::Builder::new().name("worker".to_owned());
    worker.spawn(|| log(&PROVIDER, Severity::Warn, "lost")).unwrap().join().unwrap();
    let report = t.logs().containing("lost").try_one().unwrap_err().to_string();
    assert!(report.contains("\"lost\" was logged on thread `worker` outside"), "{report}");
}

#[test]
fn records_arrive_once() {
    let t = capture();
    // As the program under test does, to whom the capture's pipeline is lent.
    let telemetry = trace_runtime::init().unwrap();
    for provider in [telemetry.logger_provider(), trace_runtime::logs::logger_provider()] {
        in_span("checkout", |_| log(&provider, Severity::Warn, "retry"));
        log(&provider, Severity::Info, "after");
    }
    drop(telemetry);
    t.logs().containing("retry").in_span("checkout").count(2);
    t.logs().outside_spans().body("after").scope("shop").count(2);
    t.logs().count(4);
}

#[tokio::test(flavor = "multi_thread")]
async fn tests_that_run_beside_each_other_see_their_own() {
    let provider = trace_runtime::logs::logger_provider();
    let one = async |name: &'static str| {
        let t = capture();
        let spawned = tokio::spawn({
            let provider = provider.clone();
            async move {
                tokio::task::yield_now().await;
                log(&provider, Severity::Info, name);
            }
            .in_current_span()
        });
        log(&provider, Severity::Info, name);
        spawned.await.unwrap();
        t.logs().body(name).count(2);
        t.logs().count(2);
    };
    one("a").await;
    one("b").await;
}

/// Such a value could not be copied, drawn or dropped by recursion.
#[test]
fn values_that_are_nested_too_deeply_are_cut() {
    let t = capture();
    let logger = t.logger_provider().logger("shop");
    let mut record = logger.create_log_record();
    let list = |inner, _| AnyValue::ListAny(Box::new(vec![inner]));
    record.set_body((0..20_000).fold(AnyValue::Int(7), list));
    logger.emit(record);
    let body = t.logs().one().body.map(|body| body.to_string()).unwrap_or_default();
    assert!(body.contains("… 19971 values nested deeper"), "{body}");
}
