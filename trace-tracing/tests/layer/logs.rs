//! Events as log records.

use crate::{capture, one, under};
use trace_runtime::trace;
use trace_testkit::Capture;
use trace_testkit::model::{LogData, SpanData};
use trace_tracing::Events;
use tracing::{Level, debug, error, event, info, info_span, warn};

/// A layer that makes log records of events, and nothing else.
fn to_logs() -> trace_tracing::SpanLayer {
    trace_tracing::layer().with_events(Events::Logs)
}

/// The only record of this message.
#[track_caller]
fn log_of(t: &Capture, message: &str) -> LogData {
    t.logs().body(message).one()
}

#[track_caller]
fn assert_of(log: &LogData, span: &SpanData) {
    assert_eq!((log.trace_id, log.span_id), (span.trace_id, span.span_id));
    assert_eq!(log.flags.to_u8() & 1, 1);
}

fn shown(log: &LogData) -> Vec<String> {
    log.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect()
}

#[test]
fn with_severity_target_fields_and_place() {
    let t = capture();
    let mut line = 0;
    under(to_logs(), || {
        info_span!("span").in_scope(|| {
            line = line!() + 1;
            info!(target: "shop", rows = 3, user = "ann", ratio = 0.5, ok = true, "found {}", 3);
        });
    });
    let log = log_of(&t, "found 3");
    assert_of(&log, &one(&t, "span"));
    assert_eq!((log.severity_number, &*log.severity_text), (9, "INFO"));
    assert_eq!((&*log.scope.name, &*log.event_name), ("shop", ""));
    assert!(log.unix_nanos > 0 && log.observed_unix_nanos >= log.unix_nanos);
    let expected = [
        "rows=3".to_owned(),
        "user=\"ann\"".to_owned(),
        "ratio=0.5".to_owned(),
        "ok=true".to_owned(),
        format!("code.file.path={:?}", file!()),
        format!("code.module.name={:?}", module_path!()),
        format!("code.line.number={line}"),
    ];
    assert_eq!(shown(&log), expected);
    assert!(one(&t, "span").events.is_empty(), "in one place only");
}

#[test]
fn levels_are_severities() {
    let t = capture();
    under(to_logs().with_location(false), || {
        event!(Level::TRACE, "1");
        event!(Level::DEBUG, "5");
        event!(Level::INFO, "9");
        event!(Level::WARN, "13");
        event!(Level::ERROR, "17");
    });
    let numbers: Vec<_> = t.logs().iter().map(|log| log.severity_number).collect();
    assert_eq!(numbers, [1, 5, 9, 13, 17]);
    t.logs().outside_spans().count(5);
    assert!(t.spans().is_empty());
}

#[trace]
fn ours() {
    debug!("within");
}

#[test]
fn they_belong_to_the_innermost_span_of_either_kind() {
    let t = capture();
    under(to_logs(), || info_span!("theirs").in_scope(ours));
    assert_of(&log_of(&t, "within"), &one(&t, "ours"));
}

#[test]
fn they_can_name_their_span() {
    let t = capture();
    under(to_logs(), || {
        let (named, current) = (info_span!("named"), info_span!("current"));
        current.in_scope(|| {
            info!(parent: &named, "to it");
            info!(parent: None, "without a parent");
            warn!("to the current one");
        });
        info!(parent: &current, "from outside");
    });
    assert_of(&log_of(&t, "to it"), &one(&t, "named"));
    assert_of(&log_of(&t, "to the current one"), &one(&t, "current"));
    assert_of(&log_of(&t, "from outside"), &one(&t, "current"));
    t.logs().outside_spans().body("without a parent").one();
}

#[test]
fn names_that_were_given_are_names_of_events() {
    let t = capture();
    under(to_logs(), || event!(name: "cache.miss", Level::DEBUG, key = 1));
    let log = t.logs().one();
    assert_eq!((&*log.event_name, log.body.as_ref()), ("cache.miss", None));
}

#[derive(Debug)]
struct Failed(Option<Box<Failed>>);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "no stock" } else { "sold out" })
    }
}

impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.as_deref().map(|cause| cause as _)
    }
}

#[test]
fn errors_are_exceptions_and_fail_their_span() {
    let t = capture();
    under(to_logs().with_location(false), || {
        let failed = Failed(Some(Box::new(Failed(None))));
        let failed = &failed as &dyn std::error::Error;
        info_span!("span").in_scope(|| error!(error = failed));
    });
    let log = t.logs().one();
    assert_eq!(log.body, Some("no stock".into()));
    assert_eq!(
        shown(&log),
        [
            r#"error.chain=["sold out"]"#,
            r#"exception.message="no stock""#,
            r#"exception.stacktrace="no stock\n\nCaused by:\n    0: sold out""#,
        ]
    );
    let span = one(&t, "span");
    assert!(span.is_error() && span.attribute("exception.message").is_some(), "{span:?}");
}

#[test]
fn records_of_log_say_where_they_come_from() {
    let t = capture();
    let record = log::Record::builder()
        .args(format_args!("said"))
        .level(log::Level::Warn)
        .target("old::library")
        .file(Some("old.rs"))
        .line(Some(7))
        .build();
    under(to_logs(), || tracing_log::format_trace(&record).unwrap());
    let log = log_of(&t, "said");
    assert_eq!((log.severity_number, &*log.scope.name, &*log.event_name), (13, "old::library", ""));
    assert_eq!(shown(&log), [r#"code.file.path="old.rs""#, "code.line.number=7"]);
}

#[test]
fn a_layer_may_say_where_they_go() {
    let t = capture();
    for (events, name, on_span, in_logs) in [
        (Events::Auto, "auto", true, true),
        (Events::Both, "both", true, true),
        (Events::SpanEvents, "spans", true, false),
        (Events::Logs, "logs", false, true),
    ] {
        under(trace_tracing::layer().with_events(events), || {
            info_span!("span", name).in_scope(|| info!("{name}"));
        });
        let is_on_span = t.spans().iter().any(|span| span.event(name).is_some());
        assert_eq!(
            (is_on_span, t.logs().body(name).iter().count() == 1),
            (on_span, in_logs),
            "{name}"
        );
    }
}

#[test]
fn values_are_formatted_once() {
    struct Counting<'a>(&'a std::cell::Cell<u32>);
    impl std::fmt::Debug for Counting<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.set(self.0.get() + 1);
            f.write_str("value")
        }
    }
    let (t, count) = (capture(), std::cell::Cell::new(0));
    under(trace_tracing::layer().with_events(Events::Both), || {
        info_span!("span").in_scope(|| info!(counted = ?Counting(&count), "once"));
    });
    assert_eq!(count.get(), 1);
    assert!(one(&t, "span").event("once").is_some());
    log_of(&t, "once");
}
