//! Tests the bridges from `log` and `tracing`: the runtime's own, and OpenTelemetry's on its logger provider.
#![cfg(feature = "logs")]

use log::Log as _;
use opentelemetry_appender_log::OpenTelemetryLogBridge;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use trace_runtime::logs::logger_provider;
use trace_runtime::trace;
use trace_testkit::capture;
use trace_testkit::model::Severity::{Info, Warn};
use tracing_subscriber::prelude::*;

#[trace]
fn charge(run: impl FnOnce()) {
    run();
}

#[test]
fn records_of_log_get_our_ids() {
    let t = capture();
    let bridge = OpenTelemetryLogBridge::new(&logger_provider());
    let record = log::Record::builder()
        .args(format_args!("retry 2"))
        .level(log::Level::Warn)
        .target("shop::payment")
        .build();
    charge(|| bridge.log(&record));
    let log = t.logs().at(Warn).in_span("charge").body("retry 2").one();
    assert_eq!(log.scope.name, "shop::payment");
    assert!(bridge.enabled(&log::Metadata::builder().level(log::Level::Warn).build()));
}

#[test]
fn events_of_tracing_get_our_ids() {
    let t = capture();
    let bridge = OpenTelemetryTracingBridge::new(&logger_provider());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(bridge), || {
        charge(|| tracing::info!(attempt = 2, "retry"));
        tracing::info!("outside");
    });
    t.logs().at(Info).in_span("charge").body("retry").with("attempt", 2).one();
    t.logs().outside_spans().body("outside").one();
    t.logs().count(2);
}

#[cfg(feature = "log")]
mod own {
    use super::*;
    use crate::support::is_alone;
    use log::{Level, Record};
    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::logs::{LogBatch, LogExporter};
    use std::cell::Cell;
    use std::fmt;
    use std::time::Duration;
    use trace_runtime::export::{NullExporter, OtlpSettings};
    use trace_runtime::logs::LogBridge;
    use trace_runtime::{Signal, Telemetry};
    use trace_testkit::model::LogData;
    use trace_testkit::receiver::Receiver;

    use trace_testkit::model::Severity::{self, Debug, Error, Trace};

    const PATIENCE: Duration = Duration::from_secs(20);

    /// Logs as the macros of `log` do.
    fn log(bridge: LogBridge, level: Level, args: fmt::Arguments<'_>) {
        let record = Record::builder()
            .args(args)
            .level(level)
            .target("shop::payment")
            .module_path_static(Some("shop::payment"))
            .file(Some("src/payment.rs"))
            .line(Some(7))
            .build();
        bridge.log(&record);
    }

    #[test]
    fn records_have_all_that_log_knows() {
        let t = capture();
        charge(|| log(LogBridge::new(), Level::Warn, format_args!("retry {}", 2)));
        let log = t.logs().at(Warn).in_span("charge").body("retry 2").one();
        assert_eq!(log.scope.name, "shop::payment");
        t.logs()
            .with("code.file.path", "src/payment.rs")
            .with("code.module.name", "shop::payment")
            .with("code.line.number", 7)
            .one();
    }

    #[test]
    fn every_place_is_told_however_many_there_are() {
        const PLACES: u32 = 5_000;
        if !is_alone("own::every_place_is_told_however_many_there_are") {
            return;
        }
        log::set_max_level(log::LevelFilter::Info);
        let receiver = Receiver::start().unwrap();
        let endpoint = receiver.http_endpoint(trace_testkit::receiver::Signal::Logs);
        let telemetry = Telemetry::builder()
            .without_env()
            .with_exporter(NullExporter::new())
            .with_otlp_logs(OtlpSettings::default().with_endpoint(endpoint))
            .install()
            .unwrap();
        for line in 0..PLACES {
            let mut record = Record::builder();
            record.file_static(Some("src/payment.rs")).module_path_static(Some("shop::payment"));
            record.target("shop::payment").line(Some(line));
            LogBridge::new().log(&record.args(format_args!("{line}")).build());
            if line % 500 == 0 {
                telemetry.force_flush(PATIENCE).unwrap();
            }
        }
        let (bridge, here) = (LogBridge::new(), LogBridge::new().with_location(false));
        for _ in 0..2 {
            log::info!(logger: bridge, "first");
            log::info!(logger: bridge, target: "audit", attempt = 2; "second {}", 2);
            log::info!(logger: here, "third");
        }
        assert_eq!(telemetry.shutdown(PATIENCE).logs.emitted, u64::from(PLACES) + 6);

        let ours = |body: &str, target, attributes| {
            let logs = receiver.logs().body(body).count(2);
            for log in logs.iter() {
                assert_eq!((log.scope.name.as_str(), log.attributes.len()), (target, attributes));
            }
            logs[0].clone()
        };
        let line = |log: &LogData| log.attribute("code.line.number").cloned();
        let first = ours("first", module_path!(), 3);
        assert_eq!(first.attribute("code.file.path"), Some(&file!().into()));
        assert_eq!(first.attribute("code.module.name"), Some(&module_path!().into()));
        let second = ours("second 2", "audit", 4);
        assert_eq!(second.attribute("attempt"), Some(&2.into()));
        assert!(line(&first).is_some() && line(&first) != line(&second));
        ours("third", module_path!(), 0);
        let mut lines = Vec::new();
        for log in receiver.logs().with("code.file.path", "src/payment.rs").iter() {
            assert_eq!(log.scope.name, "shop::payment");
            lines.push(line(&log).unwrap().to_string());
            assert_eq!(log.body.as_ref().unwrap().as_str(), lines.last().map(String::as_str));
        }
        lines.sort();
        lines.dedup();
        assert_eq!(lines.len(), PLACES as usize);
    }

    #[test]
    fn every_level_has_its_severity() {
        let t = capture();
        let levels: [(Level, Severity); 5] = [
            (Level::Error, Error),
            (Level::Warn, Warn),
            (Level::Info, Info),
            (Level::Debug, Debug),
            (Level::Trace, Trace),
        ];
        for (level, severity) in levels {
            log(LogBridge::new().with_location(false), level, format_args!("{level}"));
            let log = t.logs().at(severity).outside_spans().body(level.as_str()).one();
            assert!(log.attributes.is_empty(), "{log:?}");
        }
    }

    #[test]
    fn pairs_are_attributes_in_their_types() {
        struct Broken;
        impl fmt::Display for Broken {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("on purpose")
            }
        }
        let t = capture();
        let pairs: [(&str, log::kv::Value<'_>); 7] = [
            ("attempt", 2.into()),
            ("left", 3_u64.into()),
            ("share", 0.5.into()),
            ("last", true.into()),
            ("card", "visa".into()),
            ("nothing", log::kv::Value::null()),
            ("broken", log::kv::Value::from_dyn_display(&Broken)),
        ];
        let args = format_args!("declined");
        LogBridge::new().log(&Record::builder().args(args).key_values(&pairs).build());
        let log = t
            .logs()
            .body("declined")
            .with("attempt", 2)
            .with("left", 3)
            .with("share", 0.5)
            .with("last", true)
            .with("card", "visa")
            .with("broken", "<formatting panicked>")
            .one();
        assert_eq!(log.attributes.len(), 6, "{log:?}");
    }

    #[test]
    fn what_logs_or_panics_while_it_is_formatted_harms_nothing() {
        struct Logs;
        impl fmt::Display for Logs {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                log(LogBridge::new(), Level::Info, format_args!("inner {}", 1));
                f.write_str("outer")
            }
        }
        struct Panics;
        impl fmt::Display for Panics {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("half")?;
                panic!("on purpose")
            }
        }
        let t = capture();
        log(LogBridge::new(), Level::Info, format_args!("{}", Logs));
        log(LogBridge::new(), Level::Info, format_args!("{}", Panics));
        for body in ["inner 1", "outer", "half<formatting panicked>"] {
            t.logs().body(body).one();
        }
    }

    #[test]
    fn records_that_nothing_takes_are_not_formatted() {
        /// Counts how often it is formatted.
        struct Counts(Cell<u32>);
        impl fmt::Display for Counts {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.set(self.0.get() + 1);
                Ok(())
            }
        }
        /// Takes all records.
        #[derive(Debug)]
        struct Takes;
        impl LogExporter for Takes {
            async fn export(&self, _: LogBatch<'_>) -> OTelSdkResult {
                Ok(())
            }
        }
        if !is_alone("own::records_that_nothing_takes_are_not_formatted") {
            return;
        }
        let counts = Counts(Cell::new(0));
        let log_both = || {
            for level in [Level::Info, Level::Warn] {
                log(LogBridge::new(), level, format_args!("{counts}"));
            }
            counts.0.get()
        };
        assert_eq!(log_both(), 0, "nothing is running");
        let pipeline = |level| {
            let builder = Telemetry::builder().without_env().with_exporter(NullExporter::new());
            let builder = builder.with_otel_log_exporter(Takes);
            builder.with_log_level(level).install().unwrap()
        };
        let telemetry = pipeline(trace_runtime::Level::Warn);
        assert_eq!(log_both(), 1, "one is not severe enough");
        telemetry.switches().set_signal(Signal::Logs, false).unwrap();
        assert_eq!(log_both(), 1, "logs are switched off");
        telemetry.switches().set_signal(Signal::Logs, true).unwrap();
        assert_eq!(telemetry.shutdown(PATIENCE).logs.emitted, 1);
        assert_eq!(log_both(), 1, "it has ended");
        let telemetry = pipeline(trace_runtime::Level::Trace);
        assert_eq!(log_both(), 3);
        drop(telemetry);
    }
}
