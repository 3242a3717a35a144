use trace_testkit::tree;

fn main() {
    let _ = tree! {
        "a" [knd: Server],
        "b" [user_id: 7],
        "c" [kind: Sever],
        "d" [kind],
        "e" [root: true],
        "f" [kind: Server, kind: Client],
        "g" [status: Failed],
        "h" [event: 7],
        "i" [event: "retry" [kind: Server]],
        "j" [links: ["a" "b"]],
        "k" [resource: "service.name"],
        "l" [duration],
    };
}
