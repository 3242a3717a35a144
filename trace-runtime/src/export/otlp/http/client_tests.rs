use super::*;
use crate::export::otlp::http::response::Head;
use std::time::UNIX_EPOCH;

fn response(status: u16, kind: &str, body: &[u8]) -> Response {
    let content_type = Some(kind.to_owned()).filter(|kind| !kind.is_empty());
    let head = Head { status, reason: "Why".to_owned(), content_type, ..Head::default() };
    Response { head, body: body.to_vec(), is_cut: false }
}

#[test]
fn a_receiver_explains_itself() {
    let explain = |kind: &str, body: &[u8]| explanation(&response(400, kind, body));
    let status = b"\x08\x10\x12\x0bbad  token\n";
    assert_eq!(explain("application/x-protobuf", status).as_deref(), Some("bad token"));
    assert_eq!(explain("Text/plain; charset=utf-8", b" no\n").as_deref(), Some("no"));
    assert_eq!(explain("text/html", b"<html>"), None);
    let json = "application/json; charset=utf-8";
    let status = br#"{"code":16,"message":"bad\ntoken","details":[]}"#;
    assert_eq!(explain(json, status).as_deref(), Some("bad token"));
    assert_eq!(explain(json, br#"{"error": 1}"#).as_deref(), Some(r#"{"error": 1}"#));
    assert_eq!(explain("", b"no"), None);
}

#[test]
fn success_needs_an_answer_of_otlp() {
    let failure = |kind: &str, body: &[u8]| {
        interpret(&response(200, kind, body), 4 << 20).err().map(|failure| {
            assert!(!failure.retry);
            failure.cause
        })
    };
    for (kind, body) in [
        ("application/x-protobuf", ""),
        ("application/x-protobuf", "\x0a\x00"),
        ("text/html", ""),
        ("", ""),
        ("", "\x0a\x00"),
        ("application/json; charset=utf-8", "{}"),
        ("", "{}"),
        ("application/octet-stream", "{\"partialSuccess\":{}}"),
        ("text/plain", " \n"),
    ] {
        assert_eq!(failure(kind, body.as_bytes()), None, "{kind} {body:?}");
    }
    assert_eq!(
        failure("text/html; charset=utf-8", "<html>\x1b[2J".as_bytes()).unwrap(),
        "it answered 200 Why with `text/html; charset=utf-8`, which is no answer of OTLP: \
         <html>\\x1b[2J"
    );
    for (kind, body) in [
        ("application/x-protobuf", "<html>"),
        ("application/json", "{\"error\":\"no such route\"}"),
        ("text/plain", "\x0a\x00"),
        ("", "OK"),
    ] {
        assert!(failure(kind, body.as_bytes()).is_some(), "{kind} {body:?}");
    }
    let long = failure("", "x".repeat(1_000).as_bytes()).unwrap();
    assert!(long.len() < 200 && long.ends_with('…'), "{long}");
}

#[test]
fn retry_after_is_a_number_or_a_date() {
    let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
    let after = |value| retry_after(value, now).map(|pause| pause.as_secs());
    assert_eq!(after(" 120 "), Some(120));
    assert_eq!(after("0"), Some(0));
    assert_eq!(after("99999999999999999999999"), Some(u32::MAX.into()));
    assert_eq!(after("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10));
    assert_eq!(after("Sunday, 06-Nov-94 08:49:47 GMT"), Some(10));
    assert_eq!(after("Sun Nov  6 08:49:47 1994"), Some(10));
    assert_eq!(after("Sun, 06 Nov 1994 08:49:27 GMT"), Some(0));
    for other in ["", "soon", "-5", "1.5"] {
        assert_eq!(after(other), None, "{other}");
    }
}
