//! Spans and events of `tracing` where OpenTelemetry's context cannot be used: while a thread ends, and
//! while the program looks at it. Nothing panics, not even so that it is caught.

use opentelemetry::trace::get_active_span;
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use trace_runtime::{in_current_span, in_span, propagation::Context};
use trace_testkit::Capture;
use tracing::span::EnteredSpan;
use tracing::{info, info_span};
use tracing_subscriber::util::SubscriberInitExt as _;

/// Emits an event at the end of its thread, and holds a span until then.
struct Kept(RefCell<Option<EnteredSpan>>);

impl Drop for Kept {
    fn drop(&mut self) {
        info_span!("at exit").in_scope(|| info!("told at exit"));
        drop(self.0.take());
        assert_eq!(Context::current(), Context::default());
    }
}

thread_local! {
    // Destroyed in the reverse order of their first use.
    static FIRST: Kept = const { Kept(RefCell::new(None)) };
    static SECOND: Kept = const { Kept(RefCell::new(None)) };
}

#[test]
fn nothing_panics() {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    std::panic::set_hook(Box::new(|panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        eprintln!("{panic}");
    }));
    // Without a registry, which is not to be used while a thread ends.
    trace_tracing::subscriber().init();
    let t = Capture::builder().live().start();
    // The logger is made meanwhile, too.
    get_active_span(|_| info_span!("looking").in_scope(|| info!("told while looking")));
    let handle = t.handle();
    std::thread::spawn(move || {
        let _capture = handle.enter();
        FIRST.with(|_| ());
        drop(Context::default().attach());
        in_span("span", |_| info!("seen"));
        SECOND.with(|_| ());
        SECOND.with(|kept| *kept.0.borrow_mut() = Some(info_span!("held").entered()));
    })
    .join()
    .unwrap();
    std::thread::spawn(in_current_span(|| FIRST.with(|_| ()))).join().unwrap();
    t.logs().body("told while looking").one();
    t.logs().body("seen").one();
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}
