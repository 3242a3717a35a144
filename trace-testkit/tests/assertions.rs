//! Tests assertions on what real code records, and how they fail.

use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::{Arc, Mutex};
use trace_runtime::{
    Instrument, Span, SpanContext, SpanKind,
    propagation::{SpanId, TraceFlags, TraceId},
    trace,
};
use trace_testkit::matcher::{contains, gt, ms};
use trace_testkit::{Capture, capture, tree};

#[derive(Debug)]
struct Declined;

impl std::fmt::Display for Declined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("declined")
    }
}

impl std::error::Error for Declined {}

#[trace(kind = Server, parent = parent)]
async fn checkout(parent: SpanContext, t: &Capture) -> Result<(), Declined> {
    let charged = charge(7, 12.5, t);
    let email = email().instrument(Span::builder("task").start());
    email.await;
    (0..2).for_each(ship);
    charged
}

#[trace(attrs(user.id = user, amount))]
fn charge(user: u64, amount: f64, t: &Capture) -> Result<(), Declined> {
    t.clock().step(ms(3));
    Err(Declined)
}

#[trace]
async fn email() {
    Span::current().add_event("queued", &[]);
}

#[trace(attrs(parcel))]
fn ship(parcel: u32) {}

#[trace_testkit::test]
async fn a_tree_that_was_recorded(t: Capture) {
    t.clock();
    let incoming =
        SpanContext::remote(TraceId::from_u128(9), SpanId::from_u64(9), TraceFlags::SAMPLED);
    let _ = checkout(incoming.clone(), &t).await;
    t.assert_tree(tree! {
        "checkout" [kind: Server, remote_parent: incoming, failed] => {
            "charge" ["user.id" = 7, "amount" = gt(0)] ,
            "task" => { "email" [event: "queued"] },
            "ship" * 2,
        },
    });
    let charge = t.span("charge").one();
    charge
        .has_error("declined")
        .has_exception(contains("declined"))
        .within("checkout")
        .duration(ms(3))
        .kind(SpanKind::Internal)
        .scope("suite");
    t.span("ship").with("parcel", 1).one().child_of("checkout").started_after("email");
    assert_eq!(
        t.render(),
        "\
checkout (server) [error.type=\"suite::assertions::Declined\"] error: \"declined\" (remote parent) 3ms
│  • exception [exception.message=\"declined\", exception.type=\"suite::assertions::Declined\"]
├─ charge [amount=12.5, error.type=\"suite::assertions::Declined\", user.id=7] error: \"declined\" 3ms
│     • exception [exception.message=\"declined\", exception.type=\"suite::assertions::Declined\"]
├─ task
│  └─ email
│        • queued
├─ ship [parcel=0]
└─ ship [parcel=1]
"
    );
}

/// Runs what panics and returns the line of the panic and its message.
fn panic_of(body: impl FnOnce()) -> (u32, String) {
    let place = Arc::new(Mutex::new(Vec::new()));
    let seen = place.clone();
    let thread = std::thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == thread {
            seen.lock().unwrap().push(info.location().map_or(0, Location::line));
        } else {
            before(info);
        }
    }));
    let payload = catch_unwind(AssertUnwindSafe(body)).unwrap_err();
    let lines = place.lock().unwrap().clone();
    assert_eq!(lines.len(), 1, "it panics once");
    (lines[0], payload.downcast_ref::<String>().cloned().unwrap_or_default())
}

#[test]
fn a_failure_is_reported_once_at_the_line_of_the_caller() {
    let t = capture();
    ship(7);
    let here = line!();
    let one = || t.span("ship").one();
    let failures: [(u32, &dyn Fn()); 12] = [
        (line!(), &|| drop(t.span("shp").one())),
        (line!(), &|| drop(t.span("ship").count(2))),
        (line!(), &|| t.span("ship").none()),
        (line!(), &|| drop(t.span("ship").nth(1))),
        (line!(), &|| drop(t.span("ship").at_least(2))),
        (line!(), &|| drop(one().has("parcel", 8))),
        (line!(), &|| drop(one().all(|ship| ship.has("parcel", 8).failed()))),
        (line!(), &|| drop(one().parent())),
        (line!(), &|| t.assert_tree(tree! { "ship" * 2 })),
        (line!(), &|| drop(one().assert_tree(tree! { "ship" ["parcel" = 8] }))),
        (line!(), &|| t.sampled("health").never()),
        (line!(), &|| t.sampled("health").share(0.5)),
    ];
    for (line, failure) in failures {
        let (reported, message) = panic_of(failure);
        assert_eq!(reported, line, "{} lines below: {message}", line - here);
        assert!(!message.is_empty());
    }
}

#[test]
fn all_mismatches_are_reported_at_once() {
    let t = capture();
    ship(7);
    let (_, message) = panic_of(|| {
        t.span("ship").one().all(|ship| ship.has("parcel", 8).failed().within("checkout"));
    });
    for part in ["parcel: expected 8, is 7", "status: expected Error", "within `checkout`"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn try_methods_return_the_report_that_the_others_panic_with() {
    let t = capture();
    ship(7);
    let report = t.span("ship").one().try_has("parcel", 8).unwrap_err();
    let (_, message) = panic_of(|| drop(t.span("ship").one().has("parcel", 8)));
    assert_eq!(report.to_string(), message);
    assert_eq!(format!("{report:?}"), message);
    let boxed: Box<dyn std::error::Error + Send + Sync> = report.into();
    assert_eq!(boxed.to_string(), message);
}
