//! fastrace: its `#[trace]` attribute with the short name (a static string; the default name is
//! computed once per function), its reporter's default configuration, and a reporter that counts.
//!
//! Synchronous children are its thread-local spans, which reach the collector when their parent's
//! scope ends. It has no notion of an error: the error path adds the exception event by hand.

use fastrace::collector::{Config, Reporter, SpanContext, SpanId, SpanRecord};
use fastrace::local::LocalSpan;
use fastrace::{Event, Span, trace};

use crate::candidate::{Burst, Candidate, Load};
use crate::export::count::{Counts, Received};
use crate::operation::{
    Operation, PendingTimes, Refused, Timed, body, failing_body, poll_to_end, timed,
};

/// fastrace, enabled.
#[derive(Debug)]
pub struct Fastrace;

static RECEIVED: Received = Received::new();

struct NullReporter;

impl Reporter for NullReporter {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        for span in &spans {
            RECEIVED.add(Counts {
                spans: 1,
                children: u64::from(span.parent_id != SpanId::default()),
                attributes: span.properties.len() as u64,
                events: span.events.len() as u64,
                ..Counts::default()
            });
        }
    }
}

#[inline(never)]
#[trace(short_name = true)]
fn child(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[inline(never)]
#[trace(short_name = true, properties = { "id": "{id}", "size": "{size}", "tier": "{tier}" })]
fn child_attributes(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[inline(never)]
fn root(id: u64, size: u64, tier: &str) -> u64 {
    let root = Span::root("root", SpanContext::random());
    let _guard = root.set_local_parent();
    body(id, size, tier)
}

#[inline(never)]
#[trace(short_name = true)]
fn error(id: u64, size: u64, tier: &str) -> Result<u64, Refused> {
    failing_body(id, size, tier).inspect_err(|error| {
        LocalSpan::add_event(Event::new("exception").with_properties(|| {
            [
                ("exception.type", std::any::type_name::<Refused>().to_owned()),
                ("exception.message", error.to_string()),
            ]
        }));
    })
}

#[trace(short_name = true)]
async fn async_ready(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[trace(short_name = true)]
async fn async_pending(id: u64, size: u64, tier: &str) -> u64 {
    PendingTimes(2).await;
    body(id, size, tier)
}

fn recorded(run: impl FnOnce() -> Timed) -> Burst {
    let parent = Span::root("parent", SpanContext::random());
    let guard = parent.set_local_parent();
    let timed = run();
    drop(guard);
    Burst::recorded(timed, 1)
}

impl Candidate for Fastrace {
    fn name(&self) -> &'static str {
        "fastrace"
    }

    fn install(&self, _load: Load) {
        fastrace::set_reporter(NullReporter, Config::default());
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        Some(match operation {
            Operation::Off => Burst::unrecorded(timed(calls, child)),
            Operation::Unsampled => {
                let parent = Span::root("parent", SpanContext::random().sampled(false));
                let _guard = parent.set_local_parent();
                Burst::unrecorded(timed(calls, child))
            }
            Operation::Child => recorded(|| timed(calls, child)),
            Operation::ChildAttributes => recorded(|| timed(calls, child_attributes)),
            Operation::Root => Burst::recorded(timed(calls, root), 0),
            Operation::AsyncReady => {
                recorded(|| timed(calls, |id, size, tier| poll_to_end(async_ready(id, size, tier))))
            }
            Operation::AsyncPending => recorded(|| {
                timed(calls, |id, size, tier| poll_to_end(async_pending(id, size, tier)))
            }),
            Operation::Error => recorded(|| timed(calls, error)),
            _ => return None,
        })
    }

    fn settle(&self) {
        fastrace::flush();
    }

    fn received(&self) -> Counts {
        RECEIVED.counts()
    }
}
