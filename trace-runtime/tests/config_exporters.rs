//! Tests exporters that a file exchanges while the program runs.
#![cfg(all(feature = "config-file", feature = "logs", feature = "metrics", feature = "otlp-http"))]

use crate::support::counts::Counts;
use crate::support::files::Folder;
use crate::support::{is_alone, record};
use opentelemetry::global;
use opentelemetry::logs::{Logger as _, LoggerProvider as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use trace_runtime::export::AllSpans;
use trace_runtime::health::HealthState;
use trace_runtime::loss::{DropReason, LossReport};
use trace_runtime::plugin::Plugin;
use trace_runtime::{ReloadError, Telemetry, in_span};
use trace_testkit::model::PointValue;
use trace_testkit::receiver::{Answer, Receiver, Signal};

const LONG: Duration = Duration::from_secs(20);

/// Returns a batch processor that exports to this URL, with this delay in milliseconds.
fn batch(endpoint: &str, delay: u64) -> String {
    format!(
        "batch: {{ schedule_delay: {delay}, exporter: {{ otlp_http: {{ endpoint: '{endpoint}' }} }} }}"
    )
}

/// Returns a file with these processors of spans.
fn spans(processors: &[String]) -> String {
    let processors: String = processors.iter().map(|it| format!("    - {it}\n")).collect();
    format!("file_format: '1.2'\ntracer_provider:\n  processors:\n{processors}")
}

fn to(receiver: &Receiver, delay: u64) -> String {
    batch(&receiver.http_endpoint(Signal::Traces), delay)
}

fn reload(telemetry: &Telemetry, folder: &Folder, text: &str) {
    folder.write(text);
    assert!(telemetry.config_handle().reload().unwrap());
}

/// Returns an address at which nothing listens.
fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/v1/traces", listener.local_addr().unwrap())
}

#[test]
fn what_is_started_is_exported_by_the_old_or_by_the_new() {
    if !is_alone("what_is_started_is_exported_by_the_old_or_by_the_new") {
        return;
    }
    let receivers = [Receiver::start().unwrap(), Receiver::start().unwrap()];
    let file = |number: usize| {
        let receiver = &receivers[number % 2];
        let logs = batch(&receiver.http_endpoint(Signal::Logs), 1);
        let spans = spans(&[to(receiver, 1)]);
        format!("{spans}logger_provider: {{ processors: [{{ {logs} }}] }}\n")
    };
    let folder = Folder::new();
    folder.write(&file(0));
    let telemetry = folder.builder().install().unwrap();
    let logger = telemetry.logger_provider().logger("shop");
    let (stop, recorded) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    record(1);
                    logger.emit(logger.create_log_record());
                    recorded.fetch_add(1, Ordering::Relaxed);
                    // Receivers of a test are slower than programs, and the queue holds 2,048 spans.
                    let is_ahead = || {
                        let exported = telemetry.report().exporters[0].exported;
                        2 * recorded.load(Ordering::Relaxed) > exported + 1_024
                    };
                    while is_ahead() {
                        std::thread::yield_now();
                    }
                }
            });
        }
        for version in 1..=10 {
            let before = recorded.load(Ordering::Relaxed);
            while recorded.load(Ordering::Relaxed) < before + 200 {
                std::thread::yield_now();
            }
            reload(&telemetry, &folder, &file(version));
            assert!(telemetry.report().is_balanced());
        }
        stop.store(true, Ordering::Relaxed);
    });
    let recorded = recorded.into_inner();
    let report = telemetry.shutdown(LONG);
    assert!(report.is_lossless() && report.is_balanced(), "{report}");
    assert_eq!((report.started, report.logs.emitted), (2 * recorded, recorded));
    assert_eq!(report.exporters.len(), 1, "the two have one account: {report}");
    assert_eq!(report.exporters[0].exported, report.started, "{report}");
    assert_eq!(report.logs.exporters[0].exported, recorded, "{report}");
    let [old, new] = receivers.each_ref().map(|receiver| receiver.spans().len() as u64);
    assert!(old > 0 && new > 0);
    assert_eq!(old + new, report.started);
    let [old, new] = receivers.each_ref().map(|receiver| receiver.logs().at_least(1).len() as u64);
    assert!(old > 0 && new > 0);
    assert_eq!(old + new, recorded);
}

#[test]
fn what_waits_for_an_exporter_is_sent_by_the_one_that_replaces_it() {
    if !is_alone("what_waits_for_an_exporter_is_sent_by_the_one_that_replaces_it") {
        return;
    }
    const HOUR: u64 = 3_600_000;
    let folder = Folder::new();
    folder.write(&spans(&[batch(&nowhere(), HOUR)]));
    let telemetry = folder.builder().install().unwrap();
    record(4);
    // A flush would ask the exporter that cannot deliver.
    while telemetry.report().exporters[0].queued < 5 {
        std::thread::yield_now();
    }
    let receiver = Receiver::start().unwrap();
    reload(&telemetry, &folder, &spans(&[to(&receiver, HOUR)]));
    telemetry.force_flush(LONG).unwrap();
    assert_eq!(receiver.spans().len(), 5);
    let report = telemetry.shutdown(LONG);
    assert!(report.is_lossless() && report.exporters[0].exported == 5, "{report}");
}

#[test]
fn exporters_are_added_and_removed() {
    if !is_alone("exporters_are_added_and_removed") {
        return;
    }
    let exported = |report: &LossReport| -> Vec<(String, u64, u64)> {
        let exporters = report.exporters.iter();
        exporters.map(|it| (it.name.clone(), it.exported, it.missed)).collect()
    };
    let entry = |name: &str, exported: u64, missed: u64| (name.to_owned(), exported, missed);
    let receiver = Receiver::start().unwrap();
    let console = || "simple: { exporter: { console: } }".to_owned();
    let folder = Folder::new();
    folder.write(&spans(&[console()]));
    let telemetry = folder.builder().install().unwrap();
    let record = |spans: usize| {
        record(spans - 1);
        telemetry.force_flush(LONG).unwrap();
        let report = telemetry.report();
        assert!(report.is_balanced(), "{report}");
        exported(&report)
    };
    let health = || -> Vec<String> {
        telemetry.health().exporters.into_iter().map(|exporter| exporter.name).collect()
    };
    assert_eq!(record(1), [entry("console", 1, 0)]);
    reload(&telemetry, &folder, &spans(&[console(), to(&receiver, 1)]));
    assert_eq!(record(2), [entry("console", 3, 0), entry("otlp", 2, 1)]);
    assert_eq!(health(), ["console", "otlp"]);
    reload(&telemetry, &folder, &spans(&[console()]));
    assert_eq!(record(4), [entry("console", 7, 0), entry("otlp", 2, 5)]);
    assert_eq!(health(), ["console"]);
    let text = telemetry.report().to_string();
    assert!(text.contains("otlp: 2 exported, 0 dropped, 5 while it was not in use"), "{text}");
    // The account of one that comes back goes on.
    reload(&telemetry, &folder, &spans(&[to(&receiver, 1)]));
    assert_eq!(record(8), [entry("console", 7, 8), entry("otlp", 10, 5)]);
    // Without a provider there is no exporter.
    reload(&telemetry, &folder, "file_format: '1.2'\n");
    assert_eq!(record(1), [entry("console", 7, 9), entry("otlp", 10, 6)]);
    assert_eq!(receiver.spans().len(), 10);
    // One whose settings are the same goes on as it is.
    reload(&telemetry, &folder, &spans(&[to(&receiver, 1)]));
    record(1);
    reload(
        &telemetry,
        &folder,
        &format!("{}  sampler: {{ always_on: }}\n", spans(&[to(&receiver, 1)])),
    );
    assert!(telemetry.health().exporters[0].last_success.is_some());
    assert!(telemetry.shutdown(LONG).is_lossless());
}

#[test]
fn a_file_whose_exporter_cannot_be_made_changes_nothing() {
    if !is_alone("a_file_whose_exporter_cannot_be_made_changes_nothing") {
        return;
    }
    let receiver = Receiver::start().unwrap();
    let folder = Folder::new();
    folder.write(&spans(&[to(&receiver, 1)]));
    let telemetry = folder.builder().install().unwrap();
    let other = Receiver::start().unwrap();
    let broken = spans(&[to(&other, 1), batch("ftp://collector", 1)]);
    folder.write(&format!("{broken}  sampler: {{ always_off: }}\n"));
    let error = telemetry.config_handle().reload().unwrap_err();
    assert!(matches!(error, ReloadError::Exporter(_)), "{error}");
    assert!(error.to_string().contains("ftp://collector"), "{error}");
    let health = telemetry.health();
    assert_eq!(health.state, HealthState::Degraded);
    assert!(health.configuration.unwrap().last_error.unwrap().contains("ftp://collector"));
    record(1);
    assert!(telemetry.shutdown(LONG).is_lossless());
    assert_eq!((receiver.spans().len(), other.spans().len()), (2, 0));
}

#[test]
fn switches_and_health_follow_an_exchange() {
    if !is_alone("switches_and_health_follow_an_exchange") {
        return;
    }
    let [first, second] = [Receiver::start().unwrap(), Receiver::start().unwrap()];
    first.respond_with(Answer::status(400));
    let folder = Folder::new();
    folder.write(&spans(&[to(&first, 1)]));
    let telemetry = folder.builder().install().unwrap();
    record(0);
    telemetry.force_flush(LONG).unwrap();
    assert_eq!(telemetry.health().exporters[0].state, HealthState::Degraded);
    // The new one has not failed, and what the old one has lost stays in the books.
    reload(&telemetry, &folder, &spans(&[to(&second, 1)]));
    let health = telemetry.health();
    assert_eq!(health.exporters[0].state, HealthState::Healthy);
    assert_eq!(health.losses.exporters[0].dropped[&DropReason::ExportFailed], 1);
    // What is switched off by name stays off.
    telemetry.switches().set_exporter("otlp", false).unwrap();
    reload(&telemetry, &folder, &spans(&[to(&second, 2)]));
    record(0);
    telemetry.force_flush(LONG).unwrap();
    assert_eq!(telemetry.report().exporters[0].dropped[&DropReason::SwitchedOff], 1);
    telemetry.switches().set_exporter("otlp", true).unwrap();
    record(0);
    telemetry.force_flush(LONG).unwrap();
    assert_eq!(second.spans().len(), 1);
    // Nothing is sent after the end, whatever a file contains.
    telemetry.switches().kill();
    reload(&telemetry, &folder, &spans(&[to(&second, 3)]));
    record(0);
    let report = telemetry.shutdown(LONG);
    assert!(report.is_balanced(), "{report}");
    assert_eq!(second.spans().len(), 1);
}

#[test]
fn an_exporter_of_all_spans_that_a_file_adds_gets_those_that_come_later() {
    if !is_alone("an_exporter_of_all_spans_that_a_file_adds_gets_those_that_come_later") {
        return;
    }
    let file = |exporters: &[&str]| {
        let batch = |exporter: &&str| format!("batch: {{ exporter: {{ {exporter}: }} }}");
        let tail = "distribution: { trace-rs: { tail_sampling: { share: 0 } } }\n";
        spans(&exporters.iter().map(batch).collect::<Vec<_>>()) + tail
    };
    let (kept, every) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
    let of = |name, counter: &Arc<AtomicU64>| {
        let counter = counter.clone();
        Plugin::span_exporter(name, move |_| Ok(Counts(name, counter.clone())))
    };
    let all = every.clone();
    let all = Plugin::span_exporter("every", move |_| Ok(AllSpans(Counts("every", all.clone()))));
    let folder = Folder::new();
    folder.write(&file(&["kept"]));
    let builder = folder.builder().with_plugin(of("kept", &kept)).with_plugin(all);
    let telemetry = builder.install().unwrap();
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let mut expected = 0;
    for round in 0..3 {
        // Some are decided before the exchange, some after, and one is open meanwhile.
        record(4);
        telemetry.force_flush(LONG).unwrap();
        record(9);
        in_span("open", |_| {
            reload(&telemetry, &folder, &file(&["kept", "every"]));
            record(1);
        });
        telemetry.force_flush(LONG).unwrap();
        let begun = count(&every);
        assert!(begun > expected, "round {round}");
        record(19);
        telemetry.force_flush(LONG).unwrap();
        assert_eq!(count(&every), begun + 20, "round {round}");
        let report = telemetry.report();
        assert!(report.is_balanced() && report.is_lossless(), "{report:?}");
        reload(&telemetry, &folder, &file(&["kept"]));
        expected = count(&every);
    }
    record(4);
    let report = telemetry.shutdown(LONG);
    assert!(report.is_balanced() && report.is_lossless(), "{report:?}");
    assert_eq!((count(&kept), count(&every)), (0, expected));
}

fn metrics(readers: &[String]) -> String {
    let readers: String = readers.iter().map(|it| format!("    - {it}\n")).collect();
    format!("file_format: '1.2'\nmeter_provider:\n  readers:\n{readers}")
}

fn periodic(receiver: &Receiver, interval: u64, temporality: &str) -> String {
    let endpoint = receiver.http_endpoint(Signal::Metrics);
    format!(
        "periodic: {{ interval: {interval}, exporter: {{ otlp_http: \
         {{ endpoint: '{endpoint}', temporality_preference: {temporality} }} }} }}"
    )
}

/// Returns how many `orders` arrived.
fn sum(receiver: &Receiver) -> i128 {
    let metrics = receiver.metrics().all();
    let orders = metrics.iter().filter(|metric| metric.name == "orders");
    let points = orders.flat_map(|metric| metric.points.iter());
    points.map(|point| if let PointValue::Int(sum) = point.value { sum } else { 0 }).sum()
}

#[test]
fn a_flush_and_the_end_wait_for_an_exporter_of_metrics_that_was_removed() {
    if !is_alone("a_flush_and_the_end_wait_for_an_exporter_of_metrics_that_was_removed") {
        return;
    }
    const HOUR: u64 = 3_600_000;
    let receiver = Receiver::start().unwrap();
    let folder = Folder::new();
    let with = metrics(&[periodic(&receiver, HOUR, "delta")]);
    let without = "file_format: '1.2'\n";
    folder.write(&with);
    let telemetry = folder.builder().install().unwrap();
    let orders = global::meter("shop").u64_counter("orders").build();
    receiver.respond_with(Answer::accept().with_delay(Duration::from_millis(300)));
    orders.add(1, &[]);
    reload(&telemetry, &folder, without);
    telemetry.force_flush(LONG).unwrap();
    assert_eq!(sum(&receiver), 1);

    reload(&telemetry, &folder, &with);
    orders.add(2, &[]);
    reload(&telemetry, &folder, without);
    telemetry.shutdown(LONG);
    assert_eq!(sum(&receiver), 3);
}

#[test]
fn exporters_of_metrics_and_their_intervals_change() {
    if !is_alone("exporters_of_metrics_and_their_intervals_change") {
        return;
    }
    const HOUR: u64 = 3_600_000;
    let receivers = [Receiver::start().unwrap(), Receiver::start().unwrap()];
    let [first, second] = &receivers;
    let folder = Folder::new();
    folder.write(&metrics(&[periodic(first, HOUR, "delta")]));
    let telemetry = folder.builder().install().unwrap();
    let orders = global::meter("shop").u64_counter("orders").build();
    orders.add(1, &[]);
    telemetry.force_flush(LONG).unwrap();
    orders.add(2, &[]);
    reload(&telemetry, &folder, &metrics(&[periodic(second, HOUR, "delta")]));
    telemetry.force_flush(LONG).unwrap();
    assert_eq!((sum(first), sum(second)), (1, 2));
    // An interval that is over sends without a flush.
    orders.add(4, &[]);
    reload(&telemetry, &folder, &metrics(&[periodic(second, 1, "delta")]));
    second.wait_for(|receiver| sum(receiver) == 6, LONG);
    // One that is removed sends what was measured, and may come back.
    orders.add(8, &[]);
    reload(&telemetry, &folder, "file_format: '1.2'\n");
    second.wait_for(|receiver| sum(receiver) == 14, LONG);
    assert!(telemetry.health().exporters.is_empty());
    telemetry.force_flush(LONG).unwrap();
    orders.add(16, &[]);
    reload(&telemetry, &folder, &metrics(&[periodic(first, HOUR, "delta")]));
    assert_eq!(telemetry.health().exporters[0].name, "otlp metrics");
    telemetry.force_flush(LONG).unwrap();
    // The one that was removed may have been about to send its last.
    assert_eq!(sum(first) + sum(second), 31);

    // What the SDK keeps is refused, with its place.
    let text = metrics(&[periodic(first, HOUR, "delta")]);
    let view = "  views: [{ selector: { instrument_name: x }, stream: { name: y } }]\n";
    let cases = [
        (metrics(&[periodic(first, HOUR, "cumulative")]), "3:3: the provider of metrics keeps"),
        (
            metrics(&[periodic(first, HOUR, "delta"), periodic(second, HOUR, "delta")]),
            "3:3: the provider of metrics keeps",
        ),
        (format!("{text}{view}"), "5:3: `views` does not change"),
        (
            text.replace(
                "delta",
                "delta, default_histogram_aggregation: base2_exponential_bucket_histogram",
            ),
            "3:3: `readers` does not change",
        ),
    ];
    for (text, expected) in cases {
        folder.write(&text);
        let error = telemetry.config_handle().reload().unwrap_err();
        assert!(matches!(error, ReloadError::Fixed(_)), "{error}");
        assert!(error.to_string().contains(&format!("otel.yaml:{expected}")), "{error}");
    }
    orders.add(32, &[]);
    telemetry.shutdown(LONG);
    assert_eq!(sum(first) + sum(second), 63);
}

#[test]
fn views_stay_those_with_which_the_provider_of_metrics_was_built() {
    if !is_alone("views_stay_those_with_which_the_provider_of_metrics_was_built") {
        return;
    }
    let receiver = Receiver::start().unwrap();
    let folder = Folder::new();
    let nothing = "file_format: '1.2'\n";
    let plain = metrics(&[periodic(&receiver, 1, "delta")]);
    let viewed = format!(
        "{plain}  views: [{{ selector: {{ instrument_name: x }}, stream: {{ name: y }} }}]\n"
    );
    let is_refused = |telemetry: &Telemetry, text: &str| {
        folder.write(text);
        let error = telemetry.config_handle().reload().unwrap_err();
        assert!(error.to_string().contains("`views` does not change"), "{error}");
    };
    folder.write(&viewed);
    let telemetry = folder.builder().install().unwrap();
    // Without readers, views apply to nothing; those that come back have the views of the first file.
    reload(&telemetry, &folder, nothing);
    is_refused(&telemetry, &plain);
    reload(&telemetry, &folder, &viewed);
    is_refused(&telemetry, &plain);
    telemetry.shutdown(LONG);

    // Readers of the program have the views of the file.
    folder.write(&viewed);
    let reader = opentelemetry_sdk::metrics::ManualReader::builder().build();
    let telemetry = folder.builder().with_metric_reader(reader).install().unwrap();
    is_refused(&telemetry, nothing);
    is_refused(&telemetry, &plain);
}

#[cfg(feature = "clap")]
mod command_line {
    use super::*;
    use clap::Parser;
    use std::ffi::OsString;
    use trace_runtime::TelemetryArgs;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        telemetry: TelemetryArgs,
    }

    /// Returns a file that prints spans, writes them to a file, and sends all signals to a receiver, spans after this
    /// delay.
    fn file(receiver: &Receiver, local: &std::path::Path, delay: u64) -> String {
        let spans = spans(&[
            "simple: { exporter: { console: } }".to_owned(),
            format!(
                "simple: {{ exporter: {{ otlp_file/development: {{ output_stream: 'file://{}' }} }} }}",
                local.display()
            ),
            to(receiver, delay),
        ]);
        let logs = batch(&receiver.http_endpoint(Signal::Logs), delay);
        let metrics = receiver.http_endpoint(Signal::Metrics);
        format!(
            "{spans}logger_provider: {{ processors: [{{ {logs} }}] }}
meter_provider:
  readers: [{{ periodic: {{ exporter: {{ otlp_http: {{ endpoint: '{metrics}' }} }} }} }}]
"
        )
    }

    /// Installs a pipeline, changes the file, records, and returns the names of the exporters of spans.
    fn exporters_after_a_change(
        receiver: &Receiver,
        arguments: &[&str],
        variables: &'static [&'static str],
    ) -> Vec<String> {
        let folder = Folder::new();
        let local = folder.path().join("spans.jsonl");
        folder.write(&file(receiver, &local, 1));
        let arguments = Cli::parse_from(["shop"].iter().chain(arguments)).telemetry;
        let lookup = move |name: &str| variables.contains(&name).then(|| OsString::from("1"));
        let builder = folder.builder().with_env(lookup).with_args(&arguments);
        let telemetry = builder.install().unwrap();
        reload(&telemetry, &folder, &file(receiver, &local, 2));
        record(1);
        let logger = telemetry.logger_provider().logger("shop");
        logger.emit(logger.create_log_record());
        global::meter("shop").u64_counter("orders").build().add(1, &[]);
        let report = telemetry.shutdown(LONG);
        assert!(report.is_lossless(), "{report}");
        report.exporters.into_iter().map(|exporter| exporter.name).collect()
    }

    #[test]
    fn a_changed_file_sends_nothing_where_people_do_not_want_it() {
        if !is_alone("command_line::a_changed_file_sends_nothing_where_people_do_not_want_it") {
            return;
        }
        let receiver = Receiver::start().unwrap();
        let exporters = exporters_after_a_change(&receiver, &[], &["DO_NOT_TRACK"]);
        assert_eq!(exporters, ["console", "json"]);
        assert!(receiver.requests().is_empty());
    }

    #[test]
    fn a_changed_file_sends_to_the_receiver_of_the_command_line() {
        if !is_alone("command_line::a_changed_file_sends_to_the_receiver_of_the_command_line") {
            return;
        }
        let (receiver, other) = (Receiver::start().unwrap(), Receiver::start().unwrap());
        let arguments = ["--telemetry", &*other.endpoint()];
        assert_eq!(exporters_after_a_change(&receiver, &arguments, &[]), ["otlp"]);
        assert!(receiver.requests().is_empty());
        assert!(other.requests().len() >= 3);
    }

    #[test]
    fn a_changed_file_prints_once_what_the_command_line_prints() {
        if !is_alone("command_line::a_changed_file_prints_once_what_the_command_line_prints") {
            return;
        }
        let folder = Folder::new();
        let processors = |exporters: &[&str]| {
            let each = |name: &&str| format!("simple: {{ exporter: {{ {name}: }} }}");
            let each: Vec<_> = exporters.iter().map(each).collect();
            let list =
                each.iter().map(|each| format!("{{ {each} }}")).collect::<Vec<_>>().join(", ");
            format!("{}logger_provider: {{ processors: [{list}] }}\n", spans(&each))
        };
        let json = "otlp_file/development";
        folder.write(&processors(&["console", json]));
        let arguments = Cli::parse_from(["shop", "--trace", "--verbose"]).telemetry;
        let telemetry = folder.builder().with_args(&arguments).install().unwrap();
        let printing = || {
            let health = telemetry.health();
            health.exporters.iter().filter(|it| it.name.starts_with("console")).count()
        };
        // One prints spans, and one log records.
        assert_eq!(printing(), 2);
        for exporters in [&[json][..], &[json, "console"]] {
            reload(&telemetry, &folder, &processors(exporters));
            assert_eq!(printing(), 2, "{exporters:?}");
        }
        telemetry.shutdown(LONG);
    }

    #[test]
    fn a_changed_file_is_as_quiet_as_the_command_line() {
        if !is_alone("command_line::a_changed_file_is_as_quiet_as_the_command_line") {
            return;
        }
        let receiver = Receiver::start().unwrap();
        assert_eq!(exporters_after_a_change(&receiver, &["--quiet"], &[]), ["json", "otlp"]);
        assert!(receiver.requests().len() >= 3);
    }
}
