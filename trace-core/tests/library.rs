//! Tests the telemetry of a library that depends on `trace-core` alone.

use annotated_library::{Cart, Tier, charge, serve, ship, work};
use trace_runtime::propagation::TraceFlags;
use trace_runtime::{
    SpanContext, SpanKind,
    propagation::{SpanId, TraceId},
};
use trace_testkit::{Capture, tree};

#[trace_testkit::test]
fn functions_methods_and_blocks_have_spans(t: Capture) {
    assert_eq!(charge(7, Tier::Pro).ok(), Some(14));
    Cart.add();
    t.assert_tree(tree! {
        "charge" [kind: Client, "order.id" = 7] => { "check" },
        "Cart::add",
    });
}

#[trace_testkit::test]
fn errors_and_measurements_are_recorded(t: Capture) {
    assert!(charge(0, Tier::Free).is_err());
    charge(1, Tier::Pro).unwrap();
    t.span("charge").count(2);
    t.counter("function.calls").with("function", "charge").delta(2);
    t.counter("function.calls").with("result", "error").with("tier", "free").delta(1);
    t.counter("library.orders").with("tier", "pro").delta(1);
}

#[trace_testkit::test]
fn contexts_travel_to_threads_and_futures(t: Capture) {
    assert_eq!(ship(2), 6);
    let tokio = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(tokio.block_on(work("acme")).as_deref(), Some("acme"));
    t.assert_tree(tree! {
        "ship" ["parcels" = 2] => { "pack" },
        "work" => { "asked" },
    });
}

#[trace_testkit::test]
fn traces_of_other_processes_go_on(t: Capture) {
    let caller =
        SpanContext::remote(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED);
    assert_eq!(serve(&caller), SpanKind::Server);
    t.assert_tree(tree! { "serve" [kind: Server, remote_parent: caller] });
}
