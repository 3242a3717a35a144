use trace_testkit::tree;

fn main() {
    let _ = tree! {
        7,
        "a" "b",
        'c',
        "d" => { "e", "f" "g" },
        (),
        "h" * many,
        "i" * => {},
        "j" * 2 * 3,
        "k"?, "l" ?? ,
    };
}
