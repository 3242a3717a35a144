//! Tests fields as attributes, and fields that set name, kind and status.

use crate::{capture, one, under};
use std::fmt;
use trace_runtime::{SpanKind, Status};
use trace_testkit::model::SpanData;
use tracing::field::{Empty, debug, display};
use tracing::{info_span, trace_span};

#[track_caller]
fn assert_attributes(span: &SpanData, expected: &[(&str, &str)]) {
    let attributes: Vec<_> = span
        .attributes
        .iter()
        .filter(|(key, _)| !key.starts_with("code.") && key != "target")
        .map(|(key, value)| (key.as_str(), value.to_string()))
        .collect();
    let expected: Vec<_> =
        expected.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
    assert_eq!(attributes, expected);
}

#[test]
fn values_keep_their_types() {
    let t = capture();
    let none: Option<u8> = None;
    info_span!(
        "span",
        boolean = true,
        signed = -1_i8,
        unsigned = u64::MAX,
        wide = u128::MAX,
        narrow = 7_i128,
        float = 1.5_f32,
        text = "text",
        owned = String::from("owned"),
        displayed = %1,
        debugged = ?Some(1),
        some = Some(3),
        none,
        empty = Empty,
        http.method = "GET",
        "quoted key" = 1,
    )
    .in_scope(|| ());
    assert_attributes(
        &one(&t, "span"),
        &[
            ("boolean", "true"),
            ("signed", "-1"),
            ("unsigned", "18446744073709551615"),
            ("wide", "\"340282366920938463463374607431768211455\""),
            ("narrow", "7"),
            ("float", "1.5"),
            ("text", "\"text\""),
            ("owned", "\"owned\""),
            ("displayed", "\"1\""),
            ("debugged", "\"Some(1)\""),
            ("some", "3"),
            ("http.method", "\"GET\""),
            ("quoted key", "1"),
        ],
    );
}

#[test]
fn values_can_come_later() {
    let t = capture();
    let span = info_span!("span", early = 1, late = Empty, later = Empty, unknown = Empty);
    span.record("late", 2);
    span.record("early", "replaced");
    span.in_scope(|| span.record("later", debug(Some("x"))));
    span.record("not a field", 4);
    drop(span);
    assert_attributes(
        &one(&t, "span"),
        &[("late", "2"), ("early", "\"replaced\""), ("later", "\"Some(\\\"x\\\")\"")],
    );
}

#[test]
fn the_place_is_that_of_the_macro() {
    let t = capture();
    info_span!("span").in_scope(|| ());
    let line = line!() - 1;
    let span = one(&t, "span");
    assert_eq!(span.attribute("code.file.path"), Some(&file!().into()));
    assert_eq!(span.attribute("code.line.number"), Some(&line.into()));
    assert_eq!(span.attribute("code.module.name"), Some(&module_path!().into()));
    assert_eq!(span.attribute("target"), Some(&module_path!().into()));
    assert_eq!(span.attribute("code.function.name"), None);
    assert_eq!(span.attribute("level"), None);
    assert_eq!(span.scope.name, env!("CARGO_CRATE_NAME"));
}

#[test]
fn what_is_recorded_beside_the_fields_can_be_chosen() {
    let t = capture();
    let layer = trace_tracing::layer().with_location(false).with_target(false).with_level(true);
    under(layer, || trace_span!("span", n = 1).in_scope(|| ()));
    let span = one(&t, "span");
    assert_eq!(span.attributes.len(), 2, "{span:?}");
    assert_eq!(span.attribute("level"), Some(&"TRACE".into()));
    assert_eq!(span.scope.name, env!("CARGO_CRATE_NAME"));
}

#[test]
fn one_callsite_under_two_layers_follows_the_options_of_each() {
    let t = capture();
    let make = || info_span!("span").in_scope(|| ());
    make();
    under(trace_tracing::layer().with_target(false), make);
    make();
    let targets: Vec<_> = t.spans().iter().map(|span| span.attribute("target").is_some()).collect();
    assert_eq!(targets, [true, false, true]);
}

#[test]
fn name_and_kind() {
    let t = capture();
    let id = 7;
    info_span!("GET", otel.name = %format_args!("GET /users/{id}"), otel.kind = "SERVER", id)
        .in_scope(|| ());
    let span = one(&t, "GET /users/7");
    assert_eq!(span.kind, SpanKind::Server);
    assert_attributes(&span, &[("id", "7")]);
}

#[test]
fn name_and_kind_can_come_later() {
    let t = capture();
    let span = info_span!("early", otel.name = Empty, otel.kind = Empty);
    span.record("otel.name", "late");
    span.record("otel.kind", "client");
    drop(span);
    let span = one(&t, "late");
    assert_eq!(span.kind, SpanKind::Client);
    assert_attributes(&span, &[]);
}

#[test]
fn status() {
    fn error(description: &'static str) -> Status {
        Status::Error { description: description.into() }
    }
    let t = capture();
    drop(info_span!("ok", otel.status_code = "OK", otel.status_message = "fine"));
    drop(info_span!("error", otel.status_code = "error"));
    drop(info_span!("message", otel.status_message = "declined", otel.status_code = "ERROR"));
    drop(info_span!("description", otel.status_description = "declined"));
    let late = info_span!("late", otel.status_code = Empty, otel.status_message = Empty);
    late.record("otel.status_message", display("declined"));
    late.record("otel.status_code", "ERROR");
    drop(late);
    let statuses: Vec<_> = t.spans().iter().map(|span| span.status.clone()).collect();
    let declined = error("declined");
    assert_eq!(statuses, [Status::Ok, error(""), declined.clone(), declined.clone(), declined]);
    assert!(t.spans().iter().all(|span| span.attributes.len() == 4), "{:#?}", t.spans());
}

#[test]
fn formatting_that_fails_is_contained() {
    struct Broken;
    impl fmt::Debug for Broken {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("so far")?;
            Err(fmt::Error)
        }
    }
    struct Panics;
    impl fmt::Display for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            std::panic::resume_unwind(Box::new(Thrown))
        }
    }
    struct Thrown;
    impl Drop for Thrown {
        fn drop(&mut self) {
            info_span!("thrown").in_scope(|| tracing::info!("said"));
            std::panic::resume_unwind(Box::new("again"))
        }
    }
    struct Nested;
    impl fmt::Debug for Nested {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            info_span!("nested", inside = "it").in_scope(|| tracing::info!("said"));
            f.write_str("nested")
        }
    }
    let t = capture();
    drop(info_span!("span", first = "1", broken = ?Broken, panics = %Panics, nested = ?Nested));
    assert_attributes(
        &one(&t, "span"),
        &[
            ("first", "\"1\""),
            ("broken", "\"so far<formatting failed>\""),
            ("panics", "\"<formatting panicked>\""),
            ("nested", "\"nested\""),
        ],
    );
    assert_attributes(&one(&t, "nested"), &[("inside", "\"it\"")]);
    one(&t, "thrown");
}
