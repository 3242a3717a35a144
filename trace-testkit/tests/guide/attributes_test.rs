#[trace_testkit::test]
async fn the_order_is_paid(t: Capture) {
    assert_eq!(checkout(7, "pro").await, Ok(20));
    t.assert_tree(tree! { "checkout pro" ["order.id" = 7, ..] => { "charge" [kind: Client] } });
}
