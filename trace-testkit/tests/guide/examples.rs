//! The failing examples of the guide. Their bodies appear there verbatim.

use crate::shop::{charge, checkout};
use trace_testkit::{Capture, tree};

macro_rules! all {
    ($($name:ident)*) => {
        pub(crate) const ALL: &[(&str, fn(&Capture))] = &[$((stringify!($name), $name)),*];
    };
}

all! {
    an_attribute_that_differs
    a_name_that_is_misspelled
    an_error_that_differs
    a_tree_that_differs
    a_thread_without_its_context
    what_never_comes
    a_duration_that_differs
    a_trace_that_was_sampled
    a_trace_that_was_dropped
    a_request_that_lost_its_trace
    a_metric_that_differs
    a_histogram_that_is_too_slow
    too_many_series
    names_against_the_rules
    a_log_in_another_span
    an_open_span
    a_span_that_got_lost
}

pub(crate) fn an_attribute_that_differs(t: &Capture) {
    checkout(7, 2).unwrap();
    t.span("charge").one().has("user.id", 7).has("amount", 25);
}

pub(crate) fn a_name_that_is_misspelled(t: &Capture) {
    checkout(7, 2).unwrap();
    t.span("chrage").one();
}

pub(crate) fn an_error_that_differs(t: &Capture) {
    checkout(13, 2).unwrap_err();
    t.span("charge").one().all(|it| it.has_error("expired").has("amount", 30).is_root());
}

pub(crate) fn a_tree_that_differs(t: &Capture) {
    checkout(7, 1).unwrap();
    t.assert_tree(tree! {
        "checkout" ["user.id" = 7] => {
            "charge" ["amount" = 20, ..],
            "ship" * 2,
        }
    });
}

pub(crate) fn a_thread_without_its_context(t: &Capture) {
    trace_runtime::in_span("POST /checkout", |_| {
        let worker = std::thread::Builder::new().name("worker".to_owned());
        worker.spawn(|| charge(7, 20)).unwrap().join().unwrap().unwrap();
    });
    t.span("charge").one().within("POST /checkout");
}

pub(crate) fn what_never_comes(t: &Capture) {
    use std::time::Duration;

    checkout(13, 1).unwrap_err();
    t.eventually_blocking(Duration::from_millis(5), |t| t.span("ship").one());
}

pub(crate) fn a_duration_that_differs(t: &Capture) {
    use trace_testkit::matcher::{lt, ms};

    let clock = t.clock();
    trace_runtime::in_span("render", |_| clock.step(ms(7)));
    t.span("render").one().duration(lt(ms(5)));
}

pub(crate) fn a_trace_that_was_sampled(t: &Capture) {
    trace_runtime::in_span("GET /health", |_| ());
    t.sampled("GET /health").never();
}

pub(crate) fn a_trace_that_was_dropped(_: &Capture) {
    use std::time::Duration;
    use trace_runtime::in_span;
    use trace_runtime::sampling::TailSampling;

    let tail = TailSampling::new(0.0).with_slow(Duration::from_secs(1));
    let t = Capture::builder().with_tail_sampling(tail).start();
    let clock = t.clock();
    in_span("GET /orders", |_| clock.step(Duration::from_millis(900)));
    in_span("GET /orders", |_| clock.step(Duration::from_millis(1_100)));
    t.sampled("GET /orders").kept_for("slow", 2);
}

pub(crate) fn a_request_that_lost_its_trace(t: &Capture) {
    let request = trace_runtime::in_span("handle", |_| {
        http::Request::builder().header("accept", "*/*").body(()).unwrap()
    });
    t.outgoing(&request).propagates("handle");
}

pub(crate) fn a_metric_that_differs(t: &Capture) {
    use opentelemetry::{KeyValue, global};

    let orders = global::meter("shop").u64_counter("orders").with_unit("{order}").build();
    orders.add(2, &[KeyValue::new("plan", "pro")]);
    orders.add(5, &[KeyValue::new("plan", "free")]);
    t.counter("orders").with("plan", "pro").delta(1);
}

pub(crate) fn a_histogram_that_is_too_slow(t: &Capture) {
    use opentelemetry::global;
    use trace_testkit::matcher::{lt, ms};

    let meter = global::meter("shop");
    let duration = meter.f64_histogram("checkout.duration").with_unit("s").build();
    duration.record(0.08, &[]);
    duration.record(0.31, &[]);
    t.histogram("checkout.duration").unit("s").count(2).each(lt(ms(200)));
}

pub(crate) fn too_many_series(t: &Capture) {
    use opentelemetry::{KeyValue, global};

    let orders = global::meter("shop").u64_counter("orders").build();
    for user in 0..9 {
        orders.add(1, &[KeyValue::new("plan", "pro"), KeyValue::new("user.id", user)]);
    }
    t.metrics().cardinality("orders").at_most(8);
}

pub(crate) fn names_against_the_rules(t: &Capture) {
    use opentelemetry::global;

    let meter = global::meter("shop");
    meter.u64_counter("orders_total").with_unit("orders").build().add(1, &[]);
    meter.f64_histogram("checkoutDuration").with_unit("ms").build().record(80.0, &[]);
    t.metrics().follow_conventions();
}

pub(crate) fn a_log_in_another_span(t: &Capture) {
    use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _, Severity};
    use trace_testkit::model::Severity::Warn;

    let logger = t.logger_provider().logger("shop");
    trace_runtime::in_span("checkout", |_| {
        let mut record = logger.create_log_record();
        record.set_severity_number(Severity::Warn);
        record.set_body("retry 1 of 3".into());
        logger.emit(record);
    });
    t.logs().at(Warn).containing("retry").in_span("charge").one();
}

pub(crate) fn an_open_span(t: &Capture) {
    let _upload = trace_runtime::Span::builder("upload").start();
    checkout(7, 1).unwrap();
    t.strict();
}

pub(crate) fn a_span_that_got_lost(t: &Capture) {
    let full = trace_testkit::force::fill_ring();
    charge(7, 20).unwrap();
    drop(full);
    t.strict();
}
