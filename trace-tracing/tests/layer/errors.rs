//! Tests errors as fields and as events.

use crate::{capture, one, under};
use std::error::Error;
use std::fmt;
use trace_runtime::Status;
use trace_testkit::model::{AttributeValue, EventData};
use tracing::{error, info, info_span, instrument, warn};

#[derive(Debug)]
struct Refused(Option<Box<Refused>>, &'static str);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.0.as_deref()?)
    }
}

fn refused() -> Refused {
    let cause = |text, cause| Refused(cause, text);
    let innermost = cause("no network", None);
    cause("refused", Some(Box::new(cause("no answer", Some(Box::new(innermost))))))
}

const CHAIN: &str = "refused\n\nCaused by:\n    0: no answer\n    1: no network";

fn attribute<'a>(event: &'a EventData, key: &str) -> Option<&'a AttributeValue> {
    event.attributes.iter().find(|(found, _)| found == key).map(|(_, value)| value)
}

#[test]
fn of_a_span() {
    let t = capture();
    let error = refused();
    drop(info_span!("span", n = 1, error = &error as &(dyn Error + 'static)));
    let span = one(&t, "span");
    assert_eq!(span.attribute("error"), Some(&"refused".into()));
    assert_eq!(span.attribute("error.chain"), Some(&["no answer", "no network"].into()));
    assert_eq!(span.attribute("exception.message"), Some(&"refused".into()));
    assert_eq!(span.attribute("exception.stacktrace"), Some(&CHAIN.into()));
    assert_eq!(span.status, Status::Unset);
}

#[test]
fn of_an_event() {
    let t = capture();
    info_span!("span").in_scope(|| {
        let error = refused();
        warn!(cause = &error as &(dyn Error + 'static), "retrying");
    });
    let span = one(&t, "span");
    let event = span.event("retrying").unwrap();
    assert_eq!(attribute(event, "cause"), Some(&"refused".into()));
    assert_eq!(attribute(event, "cause.chain"), Some(&["no answer", "no network"].into()));
    assert_eq!(attribute(event, "exception.message"), Some(&"refused".into()));
    assert_eq!(attribute(event, "exception.stacktrace"), Some(&CHAIN.into()));
    assert_eq!(span.attribute("exception.message"), Some(&"refused".into()));
    assert_eq!(span.status, Status::Unset);
}

#[test]
fn exceptions_can_be_left_out() {
    let t = capture();
    let layer = trace_tracing::layer()
        .with_error_fields_to_exceptions(false)
        .with_error_records_to_exceptions(false);
    under(layer, || {
        let error = refused();
        let error = &error as &(dyn Error + 'static);
        info_span!("span", error).in_scope(|| info!(error, "failed"));
    });
    let span = one(&t, "span");
    assert_eq!(span.attribute("exception.message"), None);
    assert_eq!(attribute(span.event("failed").unwrap(), "exception.message"), None);
    assert!(attribute(span.event("failed").unwrap(), "error.chain").is_some());
}

#[instrument(err)]
fn fails() -> Result<(), Refused> {
    Err(refused())
}

#[instrument(err(Debug, level = "warn"))]
async fn fails_later() -> Result<(), &'static str> {
    Err("refused")
}

#[test]
fn that_a_function_returns() {
    let t = capture();
    fails().unwrap_err();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(fails_later()).unwrap_err();
    let span = one(&t, "fails");
    assert_eq!(span.status, Status::Error { description: "refused".into() });
    let event = span.event("exception").unwrap();
    assert_eq!(attribute(event, "exception.message"), Some(&"refused".into()));
    assert_eq!(attribute(event, "level"), Some(&"ERROR".into()));
    assert!(one(&t, "fails_later").is_error());
}

#[test]
fn that_is_a_separate_event() {
    let t = capture();
    info_span!("span").in_scope(|| {
        let error = refused();
        error!(error = &error as &(dyn Error + 'static));
    });
    let span = one(&t, "span");
    assert_eq!(span.status, Status::Error { description: "refused".into() });
    let event = span.event("exception").unwrap();
    assert_eq!(attribute(event, "exception.stacktrace"), Some(&CHAIN.into()));
    let messages = event.attributes.iter().filter(|(key, _)| key == "exception.message");
    assert_eq!(messages.count(), 1);
}

#[test]
fn an_event_of_level_error_fails_its_span() {
    let t = capture();
    info_span!("failed").in_scope(|| error!("out of paper"));
    info_span!("described", otel.status_message = "jam").in_scope(|| error!("out of paper"));
    info_span!("ok", otel.status_code = "OK").in_scope(|| error!("out of paper"));
    assert_eq!(one(&t, "failed").status, Status::Error { description: "".into() });
    assert_eq!(one(&t, "described").status, Status::Error { description: "jam".into() });
    assert_eq!(one(&t, "ok").status, Status::Ok);
}

#[test]
fn events_can_be_just_events() {
    let t = capture();
    let layer = trace_tracing::layer()
        .with_error_events_to_status(false)
        .with_error_events_to_exceptions(false);
    under(layer, || {
        let _ = fails();
        info_span!("span").in_scope(|| error!("out of paper"));
    });
    assert!(t.spans().iter().all(|span| span.status == Status::Unset));
    let span = one(&t, "fails");
    assert!(span.event("exception").is_none());
    assert_eq!(attribute(&span.events[0], "error"), Some(&"refused".into()));
}
