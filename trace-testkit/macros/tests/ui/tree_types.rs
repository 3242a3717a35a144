use trace_testkit::tree;

struct Order;

fn main() {
    let order = Order;
    let _ = tree! {
        "a" ["order" = order, ..],
        "b" [kind: 7],
        (Order) => {},
    };
}
