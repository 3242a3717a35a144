//! Tests annotated user code that runs while a record is written.

use std::error::Error;
use std::fmt;
use trace_runtime::{
    Span, SpanContext, in_span,
    propagation::{SpanId, TraceFlags, TraceId},
    span, trace,
};
use trace_testkit::Capture;

/// Every kind of span there is.
#[trace(attrs(depth))]
fn busy(depth: u32) -> Result<u32, fmt::Error> {
    let _block = span!("block", attrs(depth));
    if depth > 0 {
        let _ = busy(depth - 1);
        futures_util::FutureExt::now_or_never(later(depth - 1));
        in_span("closure", |span| {
            assert!(span.set_attribute("depth", 1_u64).context() == span.context())
        });
        Span::builder("detached").start().in_scope(|_| busy(0).is_err());
        let context =
            SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED);
        linked(Some(&context));
        let attached = context.attach();
        let _ = busy(0);
        drop(attached);
        let _ = busy(0);
    }
    Err(fmt::Error)
}

#[trace]
async fn later(depth: u32) -> Result<u32, fmt::Error> {
    busy(depth)
}

#[trace(parent = context)]
fn linked(context: Option<&SpanContext>) {
    let _ = busy(0);
}

#[derive(Debug)]
struct Loud(u32);

#[trace]
impl fmt::Display for Loud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = busy(2);
        write!(f, "loud {}", self.0)
    }
}

static CHAIN: [Loud; 4] = [Loud(3), Loud(2), Loud(1), Loud(0)];

#[trace]
impl Error for Loud {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let _ = busy(2);
        Some(&CHAIN[self.0.checked_sub(1)? as usize])
    }
}

#[trace("named {number}", attrs(%number, debug = ?number))]
fn fails(number: Loud) -> Result<(), Loud> {
    Err(number)
}

#[trace_testkit::test(live)]
fn formatting_and_asking_for_the_source(t: Capture) {
    in_span("outer", |span| {
        fails(Loud(3)).unwrap_err();
        span.record_error(&Loud(2)).fail(&Loud(1));
    });
    t.span("named loud 3").one().has("number", "loud 3").child_of("outer");
}

#[trace]
fn fails_unrecorded() -> Result<(), fmt::Error> {
    Err(fmt::Error)
}

#[trace]
async fn fails_unrecorded_later() -> Result<(), fmt::Error> {
    Err(fmt::Error)
}

#[trace_testkit::test]
fn an_error_leaves_the_context_of_an_unrecorded_caller(t: Capture) {
    #[trace]
    fn caller() {
        let before = Span::current().context();
        assert_eq!(before.trace_id(), TraceId::from_u128(1));
        assert_ne!(before.span_id(), SpanId::from_u64(0));
        fails_unrecorded().unwrap_err();
        assert_eq!(Span::current().context(), before);
        futures_util::FutureExt::now_or_never(fails_unrecorded_later()).unwrap().unwrap_err();
        assert_eq!(Span::current().context(), before);
    }
    let remote = SpanContext::remote(
        TraceId::from_u128(1),
        SpanId::from_u64(2),
        TraceFlags::SAMPLED.without(TraceFlags::SAMPLED),
    );
    let attached = remote.attach();
    caller();
    drop(attached);
    assert!(t.spans().is_empty());
}
