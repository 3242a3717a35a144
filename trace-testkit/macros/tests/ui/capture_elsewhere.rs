//! A capture stays where it is; what else can be sent.

use trace_testkit::capture;

fn main() {
    let t = capture();
    std::thread::spawn(move || t.span("work").one());
}
