use trace_runtime::trace;
use trace_testkit::{Capture, tree};

#[trace]
async fn checkout(#[attr("user.id")] user: u64) {
    charge(20);
}

#[trace]
fn charge(#[attr] amount: u64) {}

#[trace_testkit::test]
async fn the_card_is_charged(t: Capture) {
    checkout(7).await;
    t.assert_tree(tree! { "checkout" ["user.id" = 7] => { "charge" ["amount" = 20] } });
}
