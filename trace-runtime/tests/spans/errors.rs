//! Tests errors and panics, and the data recorded of them.

use super::pay;
use std::error::Error;
use trace_runtime::{Status, span::Outcome, trace};
use trace_testkit::Capture;
use trace_testkit::force::panic_in;
use trace_testkit::matcher::contains;

#[trace_testkit::test]
fn an_error_marks_the_span_and_brings_its_chain(t: Capture) {
    assert!(pay(1, &["free"]).is_err());
    let pay = t.span("pay").one();
    let event = pay.event("exception").unwrap();
    assert!((pay.start_unix_nanos..=pay.end_unix_nanos).contains(&event.unix_nanos));
    pay.has_error("the card was declined")
        .has("error.type", "suite::spans::Declined")
        .outcome(Outcome::Error)
        .has_event(
            trace_testkit::event("exception")
                .has("exception.type", contains("Declined"))
                .has("exception.message", "the card was declined")
                .has("exception.stacktrace", contains("0: invalid digit found in string")),
        );
}

struct Receipt;

type PaidResult<T> = Result<T, super::Declined>;

#[trace]
fn pay_for_receipt() -> PaidResult<Receipt> {
    super::price("free").map(|_| Receipt).map_err(|cause| super::Declined { cause })
}

#[trace_testkit::test]
fn an_error_behind_an_alias_brings_its_chain(t: Capture) {
    assert!(pay_for_receipt().is_err());
    t.span("pay_for_receipt").one().has_error("the card was declined").has_event(
        trace_testkit::event("exception")
            .has("exception.stacktrace", contains("0: invalid digit found in string")),
    );
}

/// An error for writers that live for ever.
#[derive(Debug)]
struct FinishError<W>(W);

impl<W> std::fmt::Display for FinishError<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not finished")
    }
}

impl<W: std::fmt::Debug + 'static> Error for FinishError<W> {}

#[trace]
fn finish<W>(writer: W) -> Result<(), FinishError<W>> {
    Err(FinishError(writer))
}

#[trace(err(when = err.0 == writer))]
fn finish_if<W: PartialEq + Copy>(writer: W) -> Result<(), FinishError<W>> {
    Err(FinishError(writer))
}

#[trace_testkit::test]
fn an_error_with_parameters_brings_its_type_and_its_message(t: Capture) {
    let text = String::from("borrowed");
    assert!(finish(&*text).is_err() && finish_if(&*text).is_err());
    for name in ["finish", "finish_if"] {
        let span = t.span(name).one().has_error("not finished");
        let _ = span.has("error.type", contains("FinishError<&str>"));
    }
}

struct Opaque;

#[trace]
fn opaque() -> Result<(), Opaque> {
    Err(Opaque)
}

#[trace]
fn boxed() -> Result<(), Box<dyn Error + Send + Sync>> {
    Err("boxed".into())
}

#[trace]
fn any() -> anyhow::Result<()> {
    Err(anyhow::anyhow!("root cause").context("while paying"))
}

type Aliased<T> = Result<T, String>;

#[trace]
fn aliased() -> Aliased<u8> {
    Err("just a string".to_owned())
}

#[trace]
fn optional() -> Option<Result<u8, String>> {
    Some(Err("within an option".to_owned()))
}

#[trace(err(when = *err != 404, type = err))]
fn coded(code: u16) -> Result<(), u16> {
    Err(code)
}

#[trace(err(ignore))]
fn ignored() -> Result<(), String> {
    Err("never mind".to_owned())
}

#[trace_testkit::test]
fn every_kind_of_error_says_what_it_can(t: Capture) {
    let _ = (opaque(), boxed(), any(), aliased(), optional(), ignored());
    let _ = (coded(404), coded(500));
    let errors: Vec<_> = t
        .spans()
        .iter()
        .map(|span| match (&span.status, span.attribute("error.type")) {
            (Status::Error { description }, Some(kind)) => {
                format!("{}: {description:?} {}", span.name, kind.as_str().unwrap_or_default())
            }
            _ => format!("{}: no error", span.name),
        })
        .collect();
    assert_eq!(
        errors,
        [
            r#"opaque: "" suite::spans::errors::Opaque"#,
            r#"boxed: "boxed" alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>"#,
            r#"any: "while paying" anyhow::Error"#,
            r#"aliased: "just a string" alloc::string::String"#,
            r#"optional: "within an option" alloc::string::String"#,
            "ignored: no error",
            "coded: no error",
            r#"coded: "500" 500"#,
        ]
    );
    t.span("any").one().has_event(
        trace_testkit::event("exception").has("exception.stacktrace", contains("root cause")),
    );
}

#[trace_testkit::test]
fn a_panic_ends_the_span_as_an_error(t: Capture) {
    #[trace]
    fn panics() {
        inner();
        panic!("on purpose");
    }
    #[trace]
    fn inner() {}

    struct Cleanup;
    impl Drop for Cleanup {
        fn drop(&mut self) {
            inner();
        }
    }
    #[trace]
    fn unwinds() {
        let _cleanup = Cleanup;
        panics();
    }

    assert_eq!(panic_in(unwinds).message(), "on purpose");
    for name in ["panics", "unwinds"] {
        t.span(name).one().outcome(Outcome::Panic).has_error("panicked").has("error.type", "panic");
    }
    // The second was entered while the thread was panicking, and returned.
    for inner in t.span("inner").count(2) {
        inner.outcome(Outcome::Ok).status(Status::Unset);
    }
}
