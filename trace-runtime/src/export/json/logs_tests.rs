use super::*;
use crate::export::testing::Written;
use crate::export::testing_logs::{log, whole_log};
use opentelemetry::logs::LogRecord as _;
use opentelemetry::logs::Severity;
use std::collections::HashMap;

fn line(log: &EmittedLog) -> String {
    let mut out = String::new();
    write_line(&mut out, log);
    out
}

#[test]
fn a_record_is_one_flat_object_on_one_line() {
    assert_eq!(
        line(&whole_log()),
        concat!(
            r#"{"timestamp":"2023-11-14T22:13:19.123456789Z","severity":"WARNING","target":"shop","#,
            r#""event_name":"stock.low","message":"only \"2\" left\nof 7","#,
            r#""trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"000000000000b7ad","#,
            r#""trace_flags":"01","int":-7,"double":0.5,"string":"é\u0001","empty":"","#,
            r#""bool":false,"bytes":"AP8QBw==","list":[1,"two",true],"#,
            r#""map":{"inner":{"list":[1,"two",true]}}}"#,
            "\n"
        )
    );
}

#[test]
fn what_nobody_says_is_left_out() {
    let bare = log(|_| {});
    let expected = "{\"timestamp\":\"2023-11-14T22:13:20.000000000Z\",\"target\":\"shop\"}\n";
    assert_eq!(line(&bare), expected);
}

#[test]
fn severities_have_a_name_and_targets_come_before_scopes() {
    let log = log(|record| {
        record.set_severity_number(Severity::Error);
        record.set_target("shop::orders");
        record.set_body(AnyValue::Int(7));
    });
    let expected = r#""severity":"ERROR","target":"shop::orders","message":7}"#;
    assert!(line(&log).ends_with(&format!("{expected}\n")), "{}", line(&log));
}

#[test]
fn numbers_that_json_does_not_know_are_text() {
    let log = log(|record| {
        for (key, number) in [
            ("nan", f64::NAN),
            ("inf", f64::INFINITY),
            ("neg", f64::NEG_INFINITY),
            ("whole", 2.0),
            ("small", 5e-324),
        ] {
            record.add_attribute(key, number);
        }
    });
    let expected = r#","nan":"NaN","inf":"Infinity","neg":"-Infinity","whole":2.0,"small":5e-324}"#;
    assert!(line(&log).ends_with(&format!("{expected}\n")), "{}", line(&log));
}

#[test]
fn a_line_moves_no_cursor() {
    let hostile = "a\u{1b}[2J\nb\u{9b}1m\u{202e}c\u{2028}\u{7f}";
    let log = log(|record| {
        record.set_target(hostile);
        record.set_body(hostile.into());
        record.add_attribute(hostile, hostile);
        let map = HashMap::from([(Key::from(hostile), hostile.into())]);
        record.add_attribute("map", AnyValue::Map(Box::new(map)));
    });
    let line = line(&log);
    assert!(!line.trim_end().contains(crate::escape::is_unsafe), "{line:?}");
    let escaped = r#""a\u001b[2J\nb\u009b1m\u202ec\u2028\u007f""#;
    assert_eq!(line.matches(escaped).count(), 6, "{line}");
}

#[test]
fn names_are_told_apart() {
    let log = log(|record| {
        record.add_attribute("message", "not the message");
        record.add_attribute("a\"b", 1);
        record.add_attribute("tried", 1);
        record.add_attribute("x", 1);
        record.add_attribute("tried", 2);
    });
    let expected = r#","attributes.message":"not the message","a\"b":1,"tried":2,"x":1}"#;
    assert!(line(&log).ends_with(&format!("{expected}\n")), "{}", line(&log));
}

#[test]
fn no_name_comes_twice() {
    let log = log(|record| {
        record.set_body("body".into());
        for key in ["message", "attributes.message", "trace_id", "attributes.attributes.message"] {
            record.add_attribute(key, key);
        }
    });
    let expected = concat!(
        r#""message":"body","attributes.attributes.attributes.message":"message","#,
        r#""attributes.message":"attributes.message","attributes.trace_id":"trace_id","#,
        r#""attributes.attributes.message":"attributes.attributes.message"}"#,
    );
    assert!(line(&log).ends_with(&format!("{expected}\n")), "{}", line(&log));
}

#[test]
fn bytes_are_in_base_64() {
    for (bytes, expected) in [
        (&b""[..], r#""""#),
        (b"f", r#""Zg==""#),
        (b"fo", r#""Zm8=""#),
        (b"foo", r#""Zm9v""#),
        (b"foob", r#""Zm9vYg==""#),
        (b"\xfb\xff\xfe", r#""+//+""#),
    ] {
        let mut out = String::new();
        base64(&mut out, bytes);
        assert_eq!(out, expected);
    }
}

#[test]
fn a_batch_is_written_at_once() {
    let output = Written::default();
    let mut exporter = JsonLogs { output: Box::new(output.clone()), lines: String::new() };
    let one = whole_log();
    exporter.export(&[&one, &one]).unwrap();
    exporter.export(&[&one]).unwrap();
    let line = line(&one);
    assert_eq!(output.writes(), [line.repeat(2), line]);
}
