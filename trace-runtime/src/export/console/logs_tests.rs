use super::*;
use crate::export::testing_logs::{log, whole_log};
use opentelemetry::logs::LogRecord as _;

fn shown(log: &EmittedLog) -> String {
    line(log).pieces().map(|(_, piece)| piece).collect()
}

#[test]
fn a_line_says_it_all() {
    assert_eq!(
        shown(&whole_log()),
        "22:13:19.123 WARNING shop  stock.low  only \"2\" left\\nof 7  int=-7  double=0.5  \
         string=\"é\\u{1}\"  empty=\"\"  bool=false  bytes=4 bytes  list=[1, two, true]  \
         map={inner: {list: [1, two, true]}}  \
         trace 0af7651916cd43dd8448eb211c80319c span 000000000000b7ad"
    );
}

#[test]
fn what_stands_out_is_what_went_wrong() {
    let of = |severity| role(&log(|record| record.set_severity_number(severity)));
    assert_eq!(of(Severity::Fatal), Role::FailedName);
    assert_eq!(of(Severity::Error), Role::FailedName);
    assert_eq!(of(Severity::Warn4), Role::CancelledName);
    assert_eq!(of(Severity::Info), Role::Name);
    assert_eq!(of(Severity::Debug), Role::Quiet);
    assert_eq!(role(&log(|_| {})), Role::Quiet);
}

#[test]
fn nothing_in_a_record_moves_the_cursor() {
    let hostile = log(|record| {
        record.set_target("a\u{1b}[2J");
        record.set_body("b\rc".into());
        record.add_attribute("d\n", "e\u{1b}");
    });
    let shown = shown(&hostile);
    assert!(!shown.contains(char::is_control), "{shown:?}");
}
