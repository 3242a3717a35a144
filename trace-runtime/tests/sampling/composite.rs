//! Composable samplers: thresholds and randomness in `tracestate`, across services.

use super::{names, passed_on, under_caller};
use trace_runtime::sampling::{
    AlwaysOff, AlwaysOn, Annotating, Composable, Composite, ParentThreshold, Probability,
    SamplingAttribute, SamplingInput, SamplingIntent, Threshold,
};
use trace_runtime::trace;
use trace_testkit::Capture;

#[trace]
fn serve() -> (bool, String) {
    passed_on()
}

#[trace]
fn outer() -> [(bool, String); 2] {
    [passed_on(), serve()]
}

fn with(sampler: impl Composable) -> Capture {
    Capture::builder().with_sampler(Composite::new(sampler)).start()
}

fn passes(sampled: bool, state: &str) -> (bool, String) {
    (sampled, state.to_owned())
}

/// A randomness that is exactly at the threshold of one half.
const HALF: u64 = 1 << 55;

#[test]
fn roots_get_the_threshold_of_their_sampler() {
    let t = with(AlwaysOn);
    assert_eq!(outer(), [passes(true, "ot=th:0"), passes(true, "ot=th:0")]);
    t.span("serve").one();
    assert_eq!(t.spans().iter().map(|span| &*span.trace_state).collect::<Vec<_>>(), ["ot=th:0"; 2]);
    let t = with(AlwaysOff);
    assert_eq!(outer(), [passes(false, ""), passes(false, "")]);
    assert!(names(&t).is_empty());
}

#[test]
fn the_randomness_of_the_trace_decides() {
    let t = with(Probability::new(0.5).unwrap());
    assert_eq!(
        under_caller(HALF, true, "", outer),
        [passes(true, "ot=th:8"), passes(true, "ot=th:8")]
    );
    assert_eq!(under_caller(HALF - 1, true, "", serve), passes(false, ""));
    // The explicit randomness precedes that of the trace id, and is passed on.
    let low = "ot=rv:7fffffffffffff";
    assert_eq!(under_caller(HALF, true, low, serve), passes(false, low));
    let high = "ot=rv:80000000000000";
    assert_eq!(under_caller(0, false, high, serve), passes(true, "ot=th:8;rv:80000000000000"));
    assert_eq!(names(&t).len(), 3);
}

#[test]
fn children_of_other_processes_follow_the_threshold_of_their_parent() {
    let t = with(ParentThreshold::new(AlwaysOff));
    for (state, sampled, expected) in [
        // The parent's threshold decides again, and is passed on.
        ("ot=th:8", true, passes(true, "ot=th:8")),
        ("ot=th:8", false, passes(true, "ot=th:8")),
        ("ot=th:c", true, passes(false, "")),
        ("a=1,ot=th:c;x:y,b=2", true, passes(false, "ot=x:y,a=1,b=2")),
        // Without one, the flag decides, and nothing can be counted.
        ("", true, passes(true, "")),
        ("", false, passes(false, "")),
        ("a=1", true, passes(true, "a=1")),
        ("ot=th:nonsense;x:y", true, passes(true, "ot=x:y")),
    ] {
        assert_eq!(under_caller(HALF, sampled, state, serve), expected, "{state} {sampled}");
    }
    assert_eq!(serve(), passes(false, ""));
    assert_eq!(names(&t).len(), 5);
}

#[test]
fn a_caller_without_a_threshold_is_erased_by_nothing_but_the_decision() {
    let _t = with(AlwaysOn);
    assert_eq!(under_caller(0, false, "a=1", serve), passes(true, "ot=th:0,a=1"));
    let _t = with(AlwaysOff);
    assert_eq!(under_caller(0, true, "a=1,ot=th:0", serve), passes(false, "a=1"));
}

#[test]
fn annotations_are_on_the_spans_that_are_kept() {
    let why = || [SamplingAttribute::new("why", "all"), SamplingAttribute::new("share", 0.5)];
    let t = with(ParentThreshold::new(Annotating::new(AlwaysOn, why())));
    let _ = outer();
    t.span("outer").has("why", "all").has("share", 0.5).one();
    assert!(t.span("serve").one().attribute("why").is_none());
    // Without a parent's threshold between, it is asked about every span.
    let t = with(Annotating::new(
        Annotating::new(AlwaysOn, why()),
        [SamplingAttribute::new("who", String::from("me")), SamplingAttribute::new("first", true)],
    ));
    let _ = outer();
    t.span("outer").has("why", "all").has("who", "me").has("first", true).one();
    t.span("serve").has("why", "all").has("who", "me").one();
}

/// Keeps everything, and marks it.
#[derive(Debug)]
struct Marking;

impl Composable for Marking {
    fn intent(&self, _: &SamplingInput<'_>) -> SamplingIntent {
        let mark = |state: &str| match state {
            "" => "vendor=1".to_owned(),
            state => format!("vendor=1,{state}"),
        };
        SamplingIntent::new(Some(Threshold::ALWAYS)).unreliable().with_trace_state(mark)
    }
}

#[test]
fn an_intent_may_change_the_rest_of_the_state_and_declare_its_threshold_unreliable() {
    let _t = with(Marking);
    assert_eq!(serve(), passes(true, "vendor=1"));
    assert_eq!(under_caller(0, true, "ot=th:0;x:y", serve), passes(true, "ot=x:y,vendor=1"));
}
