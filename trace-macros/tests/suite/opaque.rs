//! Records functions whose bodies stay in their place because they return `impl Trait`.

use super::traced::functions::block_on;
use trace_macros::{business_metric, metered, trace};

#[trace(attrs(step))]
#[metered]
#[business_metric(counter("opaque.made"), labels(large = step > 1), on = ok)]
#[business_metric(counter("opaque.called"))]
fn adder(step: u64, fails: bool) -> impl Fn(&u64) -> u64 {
    if fails {
        panic!("on purpose");
    }
    move |&number| number + step
}

#[trace(attrs(step), ret(sum = ret(&1)))]
fn adder_that_is_asked(step: u64) -> impl Fn(&u64) -> u64 {
    move |&number| number + step
}

#[trace(attrs(step))]
#[business_metric(counter("opaque.made.later"), on = ok)]
async fn adder_later(step: u64) -> impl Fn(&u64) -> u64 {
    move |&number| number + step
}

struct Table(Vec<u64>);

impl Table {
    #[trace(attrs(rows = self.0.len()))]
    #[business_metric(counter("opaque.looked.up"), on = ok)]
    fn row(&self) -> impl Fn(&usize) -> Option<u64> + '_ {
        move |&index| self.0.get(index).copied()
    }
}

#[test]
fn a_span_and_what_waits_for_the_end() {
    let t = trace_testkit::capture();
    assert_eq!(adder(2, false)(&1), 3);
    assert!(std::panic::catch_unwind(|| adder(2, true)(&1)).is_err());
    t.span("adder").has("step", 2).count(2);
    t.span("adder").outcome(trace_runtime::span::Outcome::Panic).one();
    t.counter("opaque.made").with("large", "true").total(1);
    t.counter("opaque.called").total(2);
    assert_eq!(adder_that_is_asked(2)(&1), 3);
    t.span("adder_that_is_asked").has("step", 2).has("sum", 3).one();
    assert_eq!(block_on(adder_later(2))(&1), 3);
    t.span("adder_later").has("step", 2).one();
    t.counter("opaque.made.later").total(1);
    assert_eq!(Table(vec![5]).row()(&0), Some(5));
    t.span("row").has("rows", 1).one();
    t.counter("opaque.looked.up").total(1);
    t.strict();
}
