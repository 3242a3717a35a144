//! Tests failures of assertions on logs.

use crate::shop::{recorded, snapshot};
use insta::assert_snapshot;
use trace_runtime::propagation::{SpanId, TraceId};
use trace_testkit::Recorded;
use trace_testkit::matcher::gt;
use trace_testkit::model::LogData;
use trace_testkit::model::Severity::{Error, Info, Warn};

fn log(severity: u8, body: &str, (trace, span): (u128, u64)) -> LogData {
    let mut log = LogData::new(body);
    log.severity_number = severity;
    (log.trace_id, log.span_id) = (TraceId::from_u128(trace), SpanId::from_u64(span));
    log.scope.name = "shop".to_owned();
    log
}

/// Two retries in the charge, one in an unknown span, a start outside all spans, an event.
fn logged() -> Recorded {
    let mut snapshot = snapshot();
    let mut event = log(9, "", (1, 4));
    event.body = None;
    event.event_name = "mail.sent".to_owned();
    snapshot.logs = vec![
        log(9, "starting", (0, 0)),
        log(13, "retry 1 of 3", (1, 2)).with_attribute("attempt", 1),
        log(13, "retry 2 of 3", (1, 2)).with_attribute("attempt", 2),
        log(17, "retry 3 of 3", (1, 99)).with_attribute("attempt", 3),
        event,
    ];
    recorded(snapshot)
}

#[test]
fn several_logs_instead_of_one() {
    let t = logged();
    assert_snapshot!(
        t.logs().at(Warn).containing("retry").in_span("charge").try_one().unwrap_err()
    );
}

#[test]
fn a_log_in_another_span() {
    let t = logged();
    assert_snapshot!(
        t.logs().at(Warn).containing("retry 1").in_span("email").try_one().unwrap_err()
    );
}

#[test]
fn a_log_in_a_span_that_does_not_exist() {
    assert_snapshot!(logged().logs().at(Warn).in_span("chrage").try_one().unwrap_err());
}

#[test]
fn a_log_in_an_unknown_span() {
    assert_snapshot!(
        logged().logs().containing("3 of 3").within("charge").try_first().unwrap_err()
    );
}

#[test]
fn another_severity_and_value() {
    let t = logged();
    assert_snapshot!(
        t.logs()
            .at_or_above(Error)
            .matching("retry.*")
            .with("attempt", 2)
            .try_at_least(1)
            .unwrap_err()
    );
}

#[test]
fn logs_where_none_is_expected() {
    assert_snapshot!(logged().logs().containing("retry").try_none().unwrap_err());
}

#[test]
fn another_number_of_logs() {
    assert_snapshot!(logged().logs().with("attempt", gt(0)).try_count(2).unwrap_err());
}

#[test]
fn another_event() {
    assert_snapshot!(logged().logs().at(Info).event("mail.lost").try_one().unwrap_err());
}

#[test]
fn logs_outside_of_spans() {
    assert_snapshot!(logged().logs().scope("shop").try_all_in_spans().unwrap_err());
}

#[test]
fn nothing_was_logged() {
    assert_snapshot!(recorded(snapshot()).logs().at(Warn).try_one().unwrap_err());
}

/// What passes, so that failures above are not for other reasons.
#[test]
fn as_expected() {
    let t = logged();
    assert_eq!(t.logs().at(Warn).in_span("charge").count(2).len(), 2);
    assert_eq!(t.logs().containing("retry 1").one().attribute("attempt"), Some(&1.into()));
    t.logs().within("POST /checkout").at(Warn).at_least(2);
    t.logs().outside_spans().body("starting").one();
    t.logs().event("mail.sent").in_span("email").without("attempt").one();
    t.logs().in_trace(TraceId::from_u128(1)).at_most(4);
    t.logs().scope("other").none();
    t.logs().within("POST /checkout").all_in_spans();
    assert_eq!(t.logs().at_or_above(Info).first().body, Some("starting".into()));
    assert_eq!(t.logs().iter().count(), 5);
}
