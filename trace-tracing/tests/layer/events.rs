//! Events as events of spans.

use crate::{capture, one};
use trace_runtime::trace;
use trace_testkit::model::EventData;
use tracing::{Level, debug, event, info, info_span};

fn has(event: &EventData, key: &str, value: &str) -> bool {
    event.attributes.iter().any(|(found, text)| found == key && text.to_string() == value)
}

#[test]
fn with_level_target_fields_and_place() {
    let t = capture();
    info_span!("span").in_scope(|| info!(target: "shop", rows = 3, user = "ann", "found {}", 3));
    let line = line!() - 1;
    let span = one(&t, "span");
    let event = span.event("found 3").unwrap();
    assert!(has(event, "level", "\"INFO\"") && has(event, "target", "\"shop\""), "{event:?}");
    assert!(has(event, "rows", "3") && has(event, "user", "\"ann\""), "{event:?}");
    assert!(has(event, "code.line.number", &line.to_string()), "{event:?}");
    assert!(has(event, "code.file.path", &format!("{:?}", file!())), "{event:?}");
    assert!(has(event, "code.module.name", &format!("{:?}", module_path!())), "{event:?}");
    assert_eq!(event.attributes.len(), 7);
}

#[test]
fn without_a_message_they_go_by_their_place() {
    let t = capture();
    info_span!("span").in_scope(|| event!(name: "cache.miss", Level::DEBUG, key = 1));
    assert!(one(&t, "span").event("cache.miss").is_some());
}

#[trace]
fn ours() {
    debug!("within");
}

#[test]
fn they_belong_to_the_innermost_span_of_either_kind() {
    let t = capture();
    info_span!("theirs").in_scope(ours);
    ours();
    assert!(t.spans().iter().filter(|span| span.event("within").is_some()).count() == 2);
    assert!(one(&t, "theirs").events.is_empty());
}

#[test]
fn they_can_name_their_span() {
    let t = capture();
    let (named, current) = (info_span!("named"), info_span!("current"));
    current.in_scope(|| {
        info!(parent: &named, "to it");
        info!(parent: None, "without a parent");
    });
    drop((named, current));
    assert!(one(&t, "named").event("to it").is_some());
    assert!(one(&t, "current").events.is_empty());
}

#[test]
fn outside_all_spans_they_are_not_recorded() {
    let t = capture();
    info!("alone");
    assert!(t.spans().is_empty());
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
    info_span!("span").in_scope(|| tracing_log::format_trace(&record)).unwrap();
    let span = one(&t, "span");
    let event = span.event("said").unwrap();
    assert!(has(event, "target", "\"old::library\"") && has(event, "level", "\"WARN\""));
    assert!(has(event, "code.file.path", "\"old.rs\"") && has(event, "code.line.number", "7"));
    assert!(event.attributes.iter().all(|(key, _)| !key.starts_with("log.")));
}
