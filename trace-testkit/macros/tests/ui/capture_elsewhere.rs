//! A capture cannot be sent to another thread.

use trace_testkit::capture;

fn main() {
    let t = capture();
    std::thread::spawn(move || t.span("work").one());
}
