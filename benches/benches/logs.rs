//! Measures a log record with two attributes on the thread that emits it: the runtime's pipeline beside
//! the SDK's `BatchLogProcessor`, alone and with two threads that emit at once.

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{
    BatchConfigBuilder, BatchLogProcessor, LogBatch, LogExporter, SdkLogger, SdkLoggerProvider,
};
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::hint::black_box;
use std::time::{Duration, Instant};
use trace_runtime::export::NullExporter;
use trace_runtime::{Telemetry, in_span};

/// Records emitted between two flushes, which are not measured. No queue overflows.
const BURST: u64 = 1_000;
const QUEUE: usize = 32_768;

#[derive(Debug)]
struct Null;

impl LogExporter for Null {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        black_box(batch.iter().count());
        Ok(())
    }
}

fn emit(logger: &SdkLogger) {
    let mut record = logger.create_log_record();
    record.set_severity_number(Severity::Info);
    record.set_severity_text("INFO");
    record.set_target("shop::orders");
    record.set_body("order taken".into());
    record.add_attribute("order.id", black_box(7));
    record.add_attribute("user.tier", black_box("gold"));
    logger.emit(record);
}

/// The time of that many records on each of `threads`.
fn emit_all(count: u64, threads: usize, provider: &SdkLoggerProvider, within: Within) -> Duration {
    let mut time = Duration::ZERO;
    let mut left = count;
    while left > 0 {
        let burst = left.min(BURST);
        left -= burst;
        let run = || {
            let logger = provider.logger("bench");
            within(&|| {
                let begin = Instant::now();
                (0..burst).for_each(|_| emit(&logger));
                begin.elapsed()
            })
        };
        time += std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
            let own = run();
            others.into_iter().map(|other| other.join().unwrap()).fold(own, Duration::max)
        });
        provider.force_flush().unwrap();
    }
    time
}

/// Runs something in a span of the candidate.
type Within = fn(&dyn Fn() -> Duration) -> Duration;

fn in_ours(run: &dyn Fn() -> Duration) -> Duration {
    in_span("bench", |_| run())
}

fn in_theirs(run: &dyn Fn() -> Duration) -> Duration {
    let tracer = SdkTracerProvider::builder().build().tracer("bench");
    let context = opentelemetry::Context::current_with_span(tracer.start("bench"));
    let _attached = context.attach();
    run()
}

fn sdk() -> SdkLoggerProvider {
    let config = BatchConfigBuilder::default().with_max_queue_size(QUEUE).build();
    let processor = BatchLogProcessor::builder(Null).with_batch_config(config).build();
    SdkLoggerProvider::builder().with_log_processor(processor).build()
}

fn group(group: &mut BenchmarkGroup<'_, WallTime>, ours: &SdkLoggerProvider, threads: usize) {
    let sdk = sdk();
    group.bench_function("trace-runtime", |bencher| {
        bencher.iter_custom(|count| emit_all(count, threads, ours, in_ours));
    });
    group.bench_function("opentelemetry_sdk", |bencher| {
        bencher.iter_custom(|count| emit_all(count, threads, &sdk, in_theirs));
    });
    sdk.shutdown().unwrap();
}

fn logs(criterion: &mut Criterion) {
    let telemetry = Telemetry::builder()
        .without_env()
        .without_metrics()
        .with_exporter(NullExporter::new())
        .with_otel_log_exporter(Null)
        .install()
        .unwrap();
    let ours = telemetry.logger_provider();
    for threads in [1, 2] {
        let title = format!("a record, 2 attributes, {threads} threads");
        group(&mut criterion.benchmark_group(title), &ours, threads);
    }
    let report = telemetry.shutdown(Duration::from_secs(10));
    assert!(report.is_lossless(), "{report}");
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = logs
}
criterion_main!(benches);
