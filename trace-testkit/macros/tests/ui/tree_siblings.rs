use trace_testkit::tree;

fn main() {
    let _ = tree! {
        unorderd { "a" },
        "b" => { .., "c" },
        unordered { "d", .. },
        unordered { unordered { "e" } },
        "f" => "g",
        "h" -> { "i" },
    };
}
