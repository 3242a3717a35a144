use trace_testkit::tree;

fn main() {
    let _ = tree! {
        "a" ["user.id" == 7],
        "b" ["user.id": 7],
        "c" ["user.id" = 7, "user.id" = 8],
        "d" [.., "user.id" = 7],
        "e" ["user.id" 7],
        "f" [7 = 7],
        "g" ["a" = 1] ["b" = 2],
        "h" ["a" = ],
        "i" [!],
    };
}
