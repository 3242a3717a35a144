//! Hands contexts from one task or thread to another, each in one line: the span, and the baggage with it.
#![cfg(feature = "enabled")]

use futures_util::{SinkExt as _, StreamExt as _, sink, stream};
use rayon::prelude::*;
use std::convert::Infallible;
use std::future::Future;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};
use tokio::task::{self, JoinSet};
use trace_runtime::{
    Baggage, Instrument, Span, SpanContext, in_current_span, in_span,
    propagation::{Context, SpanId, TraceFlags, TraceId, Traced},
    trace,
};
use trace_testkit::Capture;

/// A step that runs elsewhere; its attribute is the tenant of the baggage that it finds.
#[trace(attrs(tenant = %tenant()))]
fn step() {}

#[trace]
async fn work() {
    task::yield_now().await;
    step();
}

fn tenant() -> String {
    Baggage::current().get("tenant").unwrap_or_default().to_owned()
}

/// Runs what hands over within a span and with baggage.
async fn within<F: Future>(hand_over: impl FnOnce() -> F) -> F::Output {
    let baggage = Baggage::current().with_entry("tenant", "acme");
    let span = Span::builder("caller").start();
    let context = Context::from(span.context()).with_baggage(baggage);
    let output = async move { hand_over().await }.with_context(context).await;
    span.end();
    assert!(Baggage::current().is_empty());
    output
}

/// Holds that all steps have the caller's span above them, and its baggage.
#[track_caller]
fn assert_handed_over(t: &Capture, steps: usize) {
    t.span("step").within("caller").has("tenant", "acme").count(steps);
    t.span("caller").one();
    t.strict();
}

/// A test on both flavours of tokio.
macro_rules! on_both_flavors {
    ($($name:ident => $steps:literal, $body:expr;)*) => {
        mod current_thread {
            use super::*;
            $(#[trace_testkit::test]
            async fn $name(t: Capture) {
                within(|| $body).await;
                assert_handed_over(&t, $steps);
            })*
        }
        mod multi_thread {
            use super::*;
            $(#[trace_testkit::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name(t: Capture) {
                within(|| $body).await;
                assert_handed_over(&t, $steps);
            })*
        }
    };
}

on_both_flavors! {
    spawned_tasks => 1, async {
        tokio::spawn(work().in_current_span()).await.unwrap();
    };
    blocking_tasks => 1, async {
        task::spawn_blocking(in_current_span(step)).await.unwrap();
    };
    sets_of_tasks => 3, async {
        let mut tasks = JoinSet::new();
        for _ in 0..2 {
            tasks.spawn(work().in_current_span());
        }
        tasks.spawn_blocking(in_current_span(step));
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
    };
    tasks_in_a_context_that_was_kept => 2, async {
        let kept = Context::current();
        let tasks = thread::spawn(move || {
            let task = || work().with_context(kept.clone());
            [task(), task()]
        });
        for task in tasks.join().unwrap() {
            tokio::spawn(task).await.unwrap();
        }
    };
    tasks_of_a_local_set => 1, async {
        let local = task::LocalSet::new();
        local.run_until(async { task::spawn_local(work().in_current_span()).await.unwrap() }).await;
    };
    threads => 1, async {
        thread::spawn(in_current_span(step)).join().unwrap();
    };
    scoped_threads => 2, async {
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(in_current_span(step));
            }
        });
    };
    rayon_spawns_and_joins => 3, async {
        let context = Context::current();
        rayon::scope(|scope| scope.spawn(|_| context.in_scope(step)));
        rayon::join(in_current_span(step), in_current_span(step));
    };
    rayon_scopes => 5, async {
        let names = ["a".to_owned()];
        rayon::scope(in_current_span!(|scope| {
            step();
            scope.spawn(in_current_span!(|_| step()));
            for name in &names {
                scope.spawn(in_current_span!(move |scope| {
                    assert_eq!(name, "a");
                    scope.spawn(in_current_span!(|_: &rayon::Scope<'_>| step()));
                }));
            }
        }));
        rayon::spawn_fifo(in_current_span!(move || drop(names)));
        assert_eq!(rayon::scope_fifo(in_current_span!(|_| { step(); 1 })), 1);
        rayon::in_place_scope(|scope| scope.spawn(in_current_span!(|_| step())));
    };
    rayon_iterators => 8, async {
        let context = Context::current();
        (0..8).into_par_iter().for_each(|_| context.in_scope(step));
    };
    streams => 2, async {
        let items = stream::iter(0..2).map(|_| step()).in_current_span();
        tokio::spawn(items.collect::<Vec<_>>()).await.unwrap();
    };
    sinks => 2, async {
        let sink = sink::unfold((), |(), ()| async {
            step();
            Ok::<_, Infallible>(())
        });
        let mut sink = Box::pin(sink.with_context(Context::current()));
        let sender = tokio::spawn(async move {
            sink.feed(()).await.unwrap();
            sink.send(()).await.unwrap();
            sink.close().await.unwrap();
        });
        sender.await.unwrap();
    };
    messages_to_a_thread => 1, async {
        let (sender, messages) = mpsc::channel();
        let receiver = thread::spawn(move || {
            let message: Traced<()> = messages.recv().unwrap();
            let ((), context) = message.into_parts();
            context.in_scope(step);
        });
        sender.send(Traced::new(())).unwrap();
        receiver.join().unwrap();
    };
    messages_to_a_task => 1, async {
        let (sender, mut messages) = tokio::sync::mpsc::channel(1);
        let receiver = tokio::spawn(async move {
            let message: Traced<()> = messages.recv().await.unwrap();
            let ((), context) = message.into_parts();
            work().with_context(context).await;
        });
        sender.send(Traced::new(())).await.unwrap();
        receiver.await.unwrap();
    };
    baggage_stays_with_a_task_between_its_polls => 1, async {
        #[trace]
        async fn outer() {
            let _inner = Baggage::current().with_entry("plan", "pro").attach();
            task::yield_now().await;
            assert_eq!(Baggage::current().get("plan"), Some("pro"));
            step();
        }
        outer().await;
        assert_eq!(Baggage::current().get("plan"), None);
    };
}

/// Calls a closure on another thread.
fn elsewhere<R: Send>(call: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| scope.spawn(call).join().unwrap())
}

#[trace_testkit::test]
fn closures_of_all_shapes_carry_the_context(t: Capture) {
    let mut seen = Vec::new();
    in_span("caller", |_| {
        let by_value = in_current_span!(|a: u8, (b, mut c): (u8, u8)| {
            step();
            c += 1;
            a + b + c
        });
        let by_reference = in_current_span!(|text: &str, all: &mut Vec<u8>| -> usize {
            all.push(1);
            step();
            text.len()
        });
        let early = in_current_span!(move |number: Option<u8>| -> Option<u8> {
            step();
            Some(number? + 1)
        });
        let without = in_current_span!(|| -> u8 { 1 });
        let named = in_current_span!(step);
        elsewhere(|| {
            assert_eq!(by_value(1, (2, 3)), 7);
            assert_eq!(by_reference("four", &mut seen), 4);
            assert_eq!(early(None), None);
            assert_eq!(without(), 1);
            named();
        });
    });
    assert_eq!(seen, [1]);
    t.span("step").child_of("caller").count(4);
    t.strict();
}

#[trace(kind = Producer)]
fn submit(job: u32) -> Traced<u32> {
    Traced::new(job)
}

#[trace(parent = &job, kind = Consumer, attrs(job = job.get_ref()))]
fn process(job: Traced<u32>) {}

#[trace(root, links = batch, kind = Consumer)]
fn process_batch(batch: &[Traced<u32>]) {}

#[trace_testkit::test]
fn a_consumer_continues_from_a_message_or_links_all_of_a_batch(t: Capture) {
    let jobs: Vec<_> = (0..20).map(submit).collect();
    let senders: Vec<_> = jobs.iter().map(|job| job.context().span_context().clone()).collect();
    thread::scope(|scope| {
        scope.spawn(in_current_span(|| process_batch(&jobs)));
        scope.spawn(|| process(jobs[3].clone()));
    });
    let batch = t.span("process_batch").one().is_root();
    let links: Vec<_> = batch.links.iter().map(|link| link.context.clone()).collect();
    assert_eq!(links, senders);
    let process = t.span("process").one().child_of("submit");
    assert_eq!(process.parent_span_id, senders[3].span_id());
}

#[trace_testkit::test]
fn a_message_knows_when_it_was_sent(t: Capture) {
    let before = SystemTime::now();
    let live = Traced::with_context("text", Context::default());
    assert!(live.sent_at() >= before && live.age() < Duration::from_secs(60));
    let clock = t.clock();
    let message = in_span("sender", |_| Traced::new("text"));
    clock.step(Duration::from_millis(250));
    assert_eq!(message.age(), Duration::from_millis(250));
    let mut message = message.map(str::len);
    *message.get_mut() += 1;
    assert_eq!((message.age(), message.into_inner()), (Duration::from_millis(250), 5));
}

#[trace_testkit::test]
fn a_context_without_a_span_is_handed_over_too(t: Capture) {
    let _baggage = Baggage::new().with_entry("tenant", "acme").attach();
    thread::spawn(in_current_span(step)).join().unwrap();
    let context = Context::current();
    assert!(!context.span_context().is_valid());
    thread::spawn(move || context.in_scope(step)).join().unwrap();
    t.span("step").is_root().has("tenant", "acme").count(2);
}

#[test]
fn a_context_leaves_the_thread_as_it_was() {
    let span = SpanContext::new(TraceId::from_u128(3), SpanId::from_u64(4), TraceFlags::SAMPLED);
    let outer = Context::from(span.clone()).with_baggage(Baggage::new().with_entry("a", 1));
    let _outer = outer.attach();
    assert_eq!(Context::current(), outer);
    let panicked = std::panic::catch_unwind(|| {
        Context::default().in_scope(|| {
            assert_eq!(Context::current(), Context::default());
            panic!("on purpose");
        })
    });
    assert!(panicked.is_err());
    assert_eq!(Context::current(), outer);
    // Another span under the same baggage.
    let other = SpanContext::new(TraceId::from_u128(5), SpanId::from_u64(6), TraceFlags::NONE);
    let attached = other.attach();
    assert_eq!(Context::current(), outer.clone().with_span_context(other));
    drop(attached);
    assert_eq!(Span::current().context(), span);
}

mod baggage {
    use super::*;

    #[trace(parent = parent)]
    fn elsewhere(parent: &SpanContext) {
        step();
    }

    #[trace(root)]
    fn apart() {
        step();
    }

    #[trace_testkit::test]
    fn it_is_no_part_of_the_span_and_stays_with_the_call(t: Capture) {
        let remote = SpanContext::remote(
            TraceId::from_u128(1 << 90),
            SpanId::from_u64(2),
            TraceFlags::SAMPLED,
        );
        let _baggage = Baggage::new().with_entry("tenant", "acme").attach();
        let local = in_span("local", |span| {
            step();
            elsewhere(&remote);
            elsewhere(&span.context());
            apart();
            span.context()
        });
        elsewhere(&local);
        t.span("step").has("tenant", "acme").count(5);
    }

    #[trace_testkit::test]
    fn a_block_sees_what_was_set_for_it(t: Capture) {
        in_span("outer", |_| {
            {
                let _acme = Baggage::current().with_entry("tenant", "acme").attach();
                step();
                let mut none = Baggage::current();
                none.remove("tenant");
                let _none = none.attach();
                step();
            }
            step();
        });
        let steps = t.span("step").count(3);
        let tenants: Vec<_> = steps.iter().map(|step| step.attribute("tenant")).collect();
        assert_eq!(tenants, [Some(&"acme".into()), Some(&"".into()), Some(&"".into())]);
    }
}
