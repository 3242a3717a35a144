//! Tests that renderings are the same in every run, whatever ran in parallel.

use std::time::Duration;
use trace_runtime::{Instrument, Span, in_span, trace};
trace_runtime::__versioned! {
    use trace_testkit::__private::{Runtime, run};
}
use trace_testkit::{Capture, Render};

#[trace(attrs(order.id = id), kind = Server)]
async fn checkout(id: u64, t: &Capture) {
    t.clock().step(Duration::from_millis(1));
    let context = Span::current().context();
    let mut branches = Vec::new();
    for line in 0..4 {
        branches.push(tokio::spawn(reserve(line).in_current_span()));
    }
    let blocking = tokio::task::spawn_blocking(move || audit(&context));
    charge();
    for branch in branches {
        branch.await.unwrap();
    }
    blocking.await.unwrap();
    t.clock().step(Duration::from_millis(2));
    ship();
}

#[trace(attrs(line))]
async fn reserve(line: u64) {
    tokio::task::yield_now().await;
    stock(line);
}

#[trace(attrs(line))]
fn stock(line: u64) {}

#[trace(parent = parent)]
fn audit(parent: &trace_runtime::SpanContext) {
    in_span("write", |span| {
        span.add_event("written", &[("lines", &4_u64)]);
    });
}

#[trace]
fn charge() {}

#[trace]
fn ship() {}

const EXPECTED: &str = "\
t1
s1 checkout (server) [order.id=7] 3ms
├─ s2 charge
├─ s3 ship
├─ s4 audit
│  └─ s5 write
│        • written [lines=4]
├─ s6 reserve [line=0]
│  └─ s7 stock [line=0]
├─ s8 reserve [line=1]
│  └─ s9 stock [line=1]
├─ s10 reserve [line=2]
│  └─ s11 stock [line=2]
└─ s12 reserve [line=3]
   └─ s13 stock [line=3]
";

#[test]
fn parallel_branches_come_out_the_same_each_time() {
    let texts = (0..100).map(|round| {
        let runtime = Runtime {
            multi_thread: round % 2 == 0,
            worker_threads: (round % 2 == 0).then_some(4),
            ..Runtime::default()
        };
        run(runtime, |t| async move {
            t.clock();
            checkout(7, &t).await;
            t.render_with(Render::new().with_ids())
        })
    });
    for text in texts {
        assert_eq!(text, EXPECTED);
    }
}
