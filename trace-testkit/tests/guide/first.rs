use crate::shop::checkout;
use trace_testkit::Capture;

#[trace_testkit::test]
fn the_card_is_charged(t: Capture) {
    checkout(7, 2).unwrap();
    t.span("charge").one().has("amount", 20).within("checkout");
    t.span("ship").count(2);
}
