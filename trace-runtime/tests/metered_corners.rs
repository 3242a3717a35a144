//! Tests corner cases of measurements: user code that runs while a call is being recorded,
//! futures that are polled once too often, and metrics that several functions share.
#![cfg(feature = "metrics")]

use crate::support::is_alone;
use crate::support::metrics::{Read, flush, install};
use futures_util::FutureExt;
use futures_util::StreamExt;
use futures_util::stream::{FuturesUnordered, Stream};
use std::borrow::Cow;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use trace_runtime::export::{ExportError, Exporter, FinishedSpan, NullExporter};
use trace_runtime::{
    Telemetry, business_metric, metered,
    metrics::{Amount, ToAmount},
    trace,
};

#[metered(in_flight)]
fn drained(of: FuturesUnordered<std::future::Ready<()>>) -> impl Stream<Item = ()> {
    of
}

#[metered(in_flight)]
fn ready_again() -> impl Future<Output = ()> {
    poll_fn(|_| Poll::Ready(()))
}

#[metered(in_flight)]
async fn panics_later() {
    tokio::task::yield_now().await;
    panic!("as it should");
}

#[test]
fn what_is_polled_after_its_end_is_one_call() {
    if !is_alone("what_is_polled_after_its_end_is_one_call") {
        return;
    }
    let (telemetry, read) = install();
    let mut context = Context::from_waker(Waker::noop());
    let mut stream = pin!(drained(FuturesUnordered::new()));
    for _ in 0..3 {
        assert!(stream.next().now_or_never().unwrap().is_none());
    }
    let mut future = pin!(ready_again());
    for _ in 0..3 {
        assert!(future.as_mut().poll(&mut context).is_ready());
    }
    let mut future = pin!(panics_later());
    assert!(future.as_mut().poll(&mut context).is_pending());
    for _ in 0..2 {
        let poll = || assert!(future.as_mut().poll(&mut context).is_pending());
        assert!(catch_unwind(AssertUnwindSafe(poll)).is_err());
    }
    flush(&telemetry);
    let calls = |attributes: &[_]| read.sum("function.calls", attributes);
    assert_eq!(calls(&[("function", "drained")]), 1.0);
    assert_eq!(calls(&[("function", "ready_again")]), 1.0);
    assert_eq!(calls(&[("function", "panics_later"), ("error.type", "panic")]), 1.0);
    assert_eq!(calls(&[]), 3.0);
    for function in ["drained", "ready_again", "panics_later"] {
        assert_eq!(read.sum("function.calls.concurrent", &[("function", function)]), 0.0);
    }
}

#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = asked(false);
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

/// A call that others make while they end.
#[metered(labels(answer = *ret))]
fn asked(answer: bool) -> Result<bool, fmt::Error> {
    if answer { Err(fmt::Error) } else { Ok(answer) }
}

fn text(of: bool) -> &'static str {
    let _ = (asked(true), asked(false));
    if of { "true" } else { "false" }
}

#[trace]
#[metered(labels(big = *ret > 1, text(cap = 9) = text(*ret > 1), why(cap = 9) = why(err)))]
#[business_metric(counter("asked"), value = u64::from(asked(true).is_err()), on = error)]
#[business_metric(counter("earned"), value = { let _ = (asked(true), asked(false)); *ret })]
fn asks(fails: bool) -> Result<u64, Refused> {
    if fails { Err(Refused) } else { Ok(2) }
}

fn why(_: &Refused) -> &'static str {
    let _ = (asked(true), asked(false));
    "refused"
}

#[metered(labels(big = *ret > 1, text(cap = 9) = text(*ret > 1), why(cap = 9) = why(err)))]
#[business_metric(counter("earned"), value = { let _ = (asked(true), asked(false)); *ret })]
async fn asks_later(fails: bool) -> Result<u64, Refused> {
    if fails { Err(Refused) } else { Ok(2) }
}

#[test]
fn what_is_asked_at_the_end_of_a_call_is_told_apart_from_it() {
    if !is_alone("what_is_asked_at_the_end_of_a_call_is_told_apart_from_it") {
        return;
    }
    let (telemetry, read) = install();
    for fails in [false, true] {
        let _ = asks(fails);
        let _ = asks_later(fails).now_or_never().unwrap();
    }
    flush(&telemetry);
    let calls = |attributes: &[_]| read.sum("function.calls", attributes);
    for function in ["asks", "asks_later"] {
        let ok = [("function", function), ("result", "ok"), ("big", "true"), ("text", "true")];
        assert_eq!(calls(&ok), 1.0, "{function}");
        let error = [("function", function), ("why", "refused")];
        assert_eq!(calls(&error), 1.0, "{function}");
        let error = [("function", function), ("error.type", "suite::metered_corners::Refused")];
        assert_eq!(calls(&error), 1.0, "{function}");
        assert_eq!(calls(&[("function", function)]), 2.0);
    }
    let asked = |attribute| calls(&[("function", "asked"), attribute]);
    assert_eq!(asked(("big", "true")) + asked(("text", "true")) + asked(("why", "refused")), 0.0);
    assert_eq!(asked(("error.type", "core::fmt::Error")), asked(("result", "error")));
    assert_eq!(asked(("answer", "false")), asked(("result", "ok")));
}

#[business_metric(gauge("waiting"), value = waiting, labels(queue(cap = 2) = "mail"))]
fn pushed(waiting: usize) {}

#[business_metric(gauge("waiting"), value = waiting, labels(queue(cap = 2) = "mail"))]
fn popped(waiting: usize) {}

#[test]
fn the_last_value_of_a_gauge_is_that_of_whichever_function() {
    if !is_alone("the_last_value_of_a_gauge_is_that_of_whichever_function") {
        return;
    }
    let (telemetry, read) = install();
    for round in 0..50 {
        pushed(round + 1);
        popped(round);
        pushed(round + 1);
        flush(&telemetry);
        assert_eq!(read.sum("waiting", &[("queue", "mail")]), (round + 1) as f64);
    }
}

struct Price(f64);

impl ToAmount for Price {
    fn to_amount(&self) -> Amount {
        if self.0.fract() == 0.0 { Amount::U64(self.0 as u64) } else { Amount::F64(self.0) }
    }
}

#[business_metric(counter("revenue"), value = price)]
fn sold(price: Price) {}

#[business_metric(updown("balance"), value = cents)]
fn booked(cents: i64) {}

#[business_metric(updown("balance"), value = cents)]
fn paid(cents: u64) {}

#[test]
fn sums_of_several_kinds_of_numbers_are_exact() {
    if !is_alone("sums_of_several_kinds_of_numbers_are_exact") {
        return;
    }
    const LARGE: u64 = (1 << 53) + 1;
    let (telemetry, read) = install();
    sold(Price(1.0));
    flush(&telemetry);
    for _ in 0..8 {
        sold(Price(0.25));
        flush(&telemetry);
    }
    assert_eq!(read.sum("revenue", &[]), 3.0);
    paid(LARGE);
    booked(-(1 << 53));
    flush(&telemetry);
    assert_eq!(read.sum("balance", &[]), 1.0);
}

/// Its formatting measures much, and at last with an instrument that is not yet known.
struct Loud(usize);

impl fmt::Display for Loud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..100_000).for_each(|_| counted());
        (0..10).for_each(|_| FRESH[self.0]());
        f.write_str("loud")
    }
}

#[metered]
fn counted() {}

macro_rules! fresh {
    ($($name:ident $metric:tt)*) => {
        $(
            #[metered(name = $metric)]
            fn $name() {}
        )*
        static FRESH: [fn(); 8] = [$($name),*];
    };
}
fresh! { a "a" b "b" c "c" d "d" e "e" f "f" g "g" h "h" }

#[trace(attrs(%loud))]
fn shown(loud: Loud) {}

/// Under the SDK's lock, and unable to use the thread's ring.
#[test]
fn callbacks_may_measure_more_than_anybody_reads() {
    if !is_alone("callbacks_may_measure_more_than_anybody_reads") {
        return;
    }
    const READS: u64 = 8;
    const BESIDE: u64 = 4;
    let (telemetry, read) = install();
    counted();
    let calls = Arc::new(AtomicU64::new(0));
    let seen = calls.clone();
    opentelemetry::global::meter("test")
        .u64_observable_gauge("loud")
        .with_callback(move |observer| {
            let call = seen.fetch_add(1, Ordering::Relaxed).min(READS - 1);
            std::thread::scope(|scope| {
                (0..BESIDE).for_each(|_| drop(scope.spawn(|| shown(Loud(call as usize)))));
                shown(Loud(call as usize));
            });
            observer.observe(call, &[]);
        })
        .build();
    for _ in 0..READS {
        flush(&telemetry);
    }
    let calls = calls.load(Ordering::Relaxed) * (1 + BESIDE) * 100_000 + 1;
    // Reads once more, when nothing is counted any more.
    telemetry.shutdown(Duration::from_secs(30));
    assert_eq!(read.sum("function.calls", &[("function", "counted")]), calls as f64);
}

/// The collector then waits for the SDK, with all that is aggregated in its hands.
#[test]
fn a_callback_that_hangs_does_not_keep_the_pipeline_from_ending() {
    if !is_alone("a_callback_that_hangs_does_not_keep_the_pipeline_from_ending") {
        return;
    }
    let (reader, _read) = Read::reader();
    let telemetry = Telemetry::builder()
        .without_env()
        .with_exporter(NullExporter::new())
        .with_metric_reader(reader)
        .with_shutdown_timeout(Duration::from_millis(200))
        .install()
        .unwrap();
    opentelemetry::global::meter("test")
        .u64_observable_gauge("slow")
        .with_callback(|_| {
            loop {
                std::thread::park();
            }
        })
        .build();
    assert!(telemetry.force_flush(Duration::from_millis(300)).is_err());
    counted();
    // Now the collector waits for the callback as well.
    assert!(telemetry.force_flush(Duration::from_millis(100)).is_err());
    let begin = Instant::now();
    drop(telemetry);
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

/// When each span started and ended.
struct Times(Sender<(String, [u64; 2])>);

impl Exporter for Times {
    fn name(&self) -> Cow<'static, str> {
        "times".into()
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        for span in batch {
            let times = [span.start_unix_nanos(), span.end_unix_nanos()];
            self.0.send((span.name().to_owned(), times)).unwrap();
        }
        Ok(())
    }
}

#[trace]
fn looked_up() -> &'static str {
    "eu"
}

fn looked_up_late() -> &'static str {
    std::thread::sleep(Duration::from_millis(20));
    looked_up()
}

#[trace]
#[metered(labels(region(cap = 2) = looked_up_late()))]
fn labelled() {}

#[trace]
fn around() {
    (0..3).for_each(|_| labelled());
}

#[test]
fn a_span_ends_after_those_in_its_labels() {
    if !is_alone("a_span_ends_after_those_in_its_labels") {
        return;
    }
    let (sender, times) = channel();
    let (reader, _read) = Read::reader();
    let telemetry = Telemetry::builder()
        .without_env()
        .with_exporter(Times(sender))
        .with_metric_reader(reader)
        .install()
        .unwrap();
    around();
    flush(&telemetry);
    let times: Vec<_> = times.try_iter().collect();
    let of = |name: &str| {
        let mut times: Vec<_> = times.iter().filter(|it| it.0 == name).map(|it| it.1).collect();
        times.sort_unstable();
        times
    };
    let (outer, inner) = (of("labelled"), of("looked_up"));
    assert_eq!((outer.len(), inner.len()), (3, 3));
    for ([_, outer_end], [_, inner_end]) in outer.into_iter().zip(inner) {
        assert!(outer_end >= inner_end, "{} ns too early", inner_end - outer_end);
    }
}
