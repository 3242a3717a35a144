//! Items on which `#[trace_testkit::test]` is a mistake.

use trace_testkit::Capture;

#[trace_testkit::test]
fn two(t: Capture, n: u64) {
    let _ = (t, n);
}

#[trace_testkit::test]
fn generic<T: Default>(t: Capture) {
    let _ = (t, T::default());
}

#[trace_testkit::test]
unsafe extern "C" fn unsafe_one(t: Capture) {
    let _ = t;
}

#[trace_testkit::test]
#[tokio::test]
async fn twice(t: Capture) {
    let _ = t;
}

struct Suite;

impl Suite {
    #[trace_testkit::test]
    fn method(&self) {}
}

#[trace_testkit::test]
struct NoFunction;

fn main() {
    // The functions exist nevertheless.
    let _ = (two, generic::<u8>, Suite::method, NoFunction);
}
