//! Forks, as daemons and pre-forking servers do, while other threads record, begin and end: no
//! child hangs, the inherited guard returns at once, and the counts of both sides are exact.
//! `cargo xtask forks` runs it with 1,000 children.
#![cfg(all(unix, feature = "logs", feature = "metrics"))]
#![allow(unsafe_code, reason = "forks")]

use crate::support::is_alone;
use crate::support::metrics::Read;
use opentelemetry::logs::{Logger as _, LoggerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter, SdkLogger};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};
use trace_runtime::export::{ExportError, Exporter, FinishedSpan, QueueSettings};
use trace_runtime::{
    Span, Telemetry, in_span, logs,
    loss::LossReport,
    metered,
    propagation::{SpanId, TraceId},
    span, trace,
};

/// The number of children.
const FORKS: &str = "TRACE_RUNTIME_FORKS";
const FEW: usize = 30;
/// No child takes longer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The time for the shutdown of inherited parts.
const AT_ONCE: Duration = Duration::from_millis(50);
/// The exit code of a child whose parent's threads used the processors for longer.
const LATE: i32 = 3;
/// The exit code of a child in which no thread can be started.
const WITHOUT_THREADS: i32 = 4;

/// The name of a span, with its ids: trace, span, parent.
type Named = (String, TraceId, SpanId, SpanId);

/// Keeps those of all spans.
#[derive(Clone, Default)]
struct Ids(Arc<Mutex<Vec<Named>>>);

impl Exporter for Ids {
    fn name(&self) -> std::borrow::Cow<'static, str> {
        "ids".into()
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        self.0.lock().unwrap().extend(batch.iter().map(|span| {
            (span.name().to_owned(), span.trace_id(), span.span_id(), span.parent_span_id())
        }));
        Ok(())
    }
}

#[derive(Debug)]
struct NoLogs;

impl LogExporter for NoLogs {
    async fn export(&self, _: LogBatch<'_>) -> OTelSdkResult {
        Ok(())
    }
}

fn install() -> (Telemetry, Ids, Read) {
    let (ids, (reader, read)) = (Ids::default(), Read::reader());
    let telemetry = Telemetry::builder()
        .without_env()
        .with_span_queue(QueueSettings::default().with_max_queue(1 << 22))
        .with_exporter(ids.clone())
        .with_otel_log_exporter(NoLogs)
        .with_log_queue(QueueSettings::default().with_max_queue(1 << 22))
        .with_metric_reader(reader)
        .install()
        .unwrap();
    (telemetry, ids, read)
}

static CALLS: AtomicU64 = AtomicU64::new(0);

/// Three spans and a log record.
#[trace(attrs(number, text))]
#[metered(labels(text(cap = 100) = text))]
fn work(number: u64, text: &str) {
    CALLS.fetch_add(3, Ordering::Relaxed);
    in_span("inner", |span| {
        span.set_attribute("number", number);
        let _block = span!("block");
    });
    let logger = logger();
    logger.emit(logger.create_log_record());
}

/// Made once, as by the bridges of `log` and `tracing`: the SDK asks the global meter provider for each.
fn logger() -> &'static SdkLogger {
    static LOGGER: LazyLock<SdkLogger> = LazyLock::new(|| logs::logger_provider().logger("forks"));
    &LOGGER
}

/// Stops the load, also when the test fails.
struct Stops<'a>(&'a AtomicBool);

impl Drop for Stops<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Works until it is to stop, and begins threads that do.
fn load(stop: &AtomicBool, begins: bool) {
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        let text = format!("text {}", number % 150);
        if begins {
            std::thread::spawn(move || work(number, &text)).join().unwrap();
        } else {
            work(number, &text);
        }
        number += 1;
        // Not more than a collector can read that shares its processor.
        if number % 8 == 0 {
            std::thread::sleep(Duration::from_micros(500));
        }
    }
}

/// Forks within open spans, and has the child leave them.
#[trace(attrs(number))]
#[metered(in_flight)]
fn fork_within(number: usize, installs: bool) -> Forked {
    CALLS.fetch_add(2, Ordering::Relaxed);
    let _block = span!("around");
    // SAFETY: the child only uses what works in one, which is what is tested.
    let child = unsafe { libc::fork() };
    let starts_threads = child == 0 && can_start_threads();
    let own = (starts_threads && installs).then(|| Own::begin(true));
    Forked { child, starts_threads, own }
}

/// The result of a fork.
struct Forked {
    child: libc::pid_t,
    /// In the child.
    starts_threads: bool,
    own: Option<Own>,
}

/// Returns whether threads can be started. The standard library holds a lock while a thread begins or
/// ends: where another thread of the parent held it during the fork, no thread of the child ever begins.
fn can_start_threads() -> bool {
    let (begun, has_begun) = channel();
    std::thread::spawn(move || begun.send(()));
    has_begun.recv_timeout(Duration::from_secs(5)).is_ok()
}

/// The parts that a child creates itself.
struct Own {
    telemetry: Telemetry,
    ids: Ids,
    read: Read,
    around: Option<SpanId>,
}

impl Own {
    fn begin(is_within: bool) -> Self {
        let (telemetry, ids, read) = install();
        let around = is_within.then(|| Span::current().context().span_id());
        CALLS.store(0, Ordering::Relaxed);
        work(1, "in the child");
        Self { telemetry, ids, read, around }
    }

    fn end(self) {
        let Self { telemetry, ids, read, around } = self;
        work(2, "in the child");
        let threads: Vec<_> =
            (0..3).map(|n| std::thread::spawn(move || work(n, "in a thread"))).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        telemetry.force_flush(PATIENCE).unwrap();
        let calls = |function| read.sum("function.calls", &[("function", function)]);
        assert_eq!((calls("work"), calls("fork_within")), (5.0, 0.0));
        let in_flight = read.sum("function.calls.concurrent", &[]);
        assert_eq!(in_flight, 0.0);
        let report = telemetry.shutdown(PATIENCE);
        assert_exact(&report, &ids);
        let counts = (report.started, report.total_dropped(), report.logs.emitted);
        assert_eq!(counts, (15, 0, 5), "{report}");
        let ids = ids.0.lock().unwrap();
        let parents = ids.iter().filter(|(name, ..)| name == "work").map(|(.., parent)| *parent);
        let parents: HashSet<_> = parents.collect();
        let expected = around.into_iter().chain([SpanId::INVALID]);
        assert_eq!(parents, expected.collect());
    }
}

fn assert_exact(report: &LossReport, ids: &Ids) {
    let calls = CALLS.load(Ordering::Relaxed);
    assert_eq!(report.started, calls, "{report}");
    assert_eq!(report.buffered, 0, "{report}");
    assert!(report.is_balanced(), "{report:?}");
    let ids = ids.0.lock().unwrap();
    let dropped: u64 = report.dropped.values().chain(report.exporters[0].dropped.values()).sum();
    assert_eq!(ids.len() as u64, calls - dropped, "{report}");
    let once: HashSet<_> = ids.iter().map(|(_, trace, span, _)| (trace, span)).collect();
    assert_eq!(once.len(), ids.len(), "some were exported twice");
}

/// Returns whether dropping the inherited parts took no time.
fn leave_inherited(telemetry: Telemetry, inherited: &SdkLogger, has_own: bool) -> bool {
    let begin = Instant::now();
    assert_eq!(telemetry.report(), LossReport::default());
    let flushed = telemetry.force_flush(PATIENCE);
    assert_eq!(flushed.unwrap(), LossReport::default());
    if !has_own {
        logger().emit(logger().create_log_record());
    }
    inherited.emit(inherited.create_log_record());
    drop(telemetry);
    let took = begin.elapsed();
    assert!(!Span::current().context().is_valid());
    took < AT_ONCE
}

/// Waits for a child, which does not take for ever.
fn wait_for(child: libc::pid_t) -> i32 {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut status = 0;
        // SAFETY: the status is there for the time of the call.
        match unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) } {
            0 if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(1)),
            0 => {
                // SAFETY: the child is one of this process.
                unsafe { libc::kill(child, libc::SIGKILL) };
                panic!("child {child} hangs");
            }
            _ => return status,
        }
    }
}

#[test]
fn children_record_for_themselves_and_parents_go_on() {
    if !is_alone("children_record_for_themselves_and_parents_go_on") {
        return;
    }
    let forks = std::env::var(FORKS).map_or(FEW, |forks| forks.parse().unwrap());
    let (telemetry, ids, _) = install();
    let inherited = telemetry.logger_provider().logger("inherited");
    logger();
    let stop = AtomicBool::new(false);
    let (mut late, mut without_threads) = (0, 0);
    std::thread::scope(|scope| {
        let stops = Stops(&stop);
        (0..3).for_each(|_| drop(scope.spawn(|| load(&stop, false))));
        scope.spawn(|| load(&stop, true));
        for number in 0..forks {
            let Forked { child, starts_threads, own } = fork_within(number, number % 2 == 0);
            if child == 0 {
                // SAFETY: a copy of the guard, in a process that ends without dropping another.
                let telemetry = unsafe { std::ptr::read(&telemetry) };
                let lived = catch_unwind(AssertUnwindSafe(|| {
                    let at_once = leave_inherited(telemetry, &inherited, own.is_some());
                    if starts_threads {
                        own.unwrap_or_else(|| Own::begin(false)).end();
                    }
                    at_once
                }));
                let code = match lived {
                    Ok(false) => LATE,
                    Ok(true) if !starts_threads => WITHOUT_THREADS,
                    Ok(true) => 0,
                    Err(_) => 101,
                };
                // SAFETY: ends the process, with no thread but this one to care.
                unsafe { libc::_exit(code) };
            }
            let status = wait_for(child);
            assert!(libc::WIFEXITED(status), "child {number} died: {status}");
            match libc::WEXITSTATUS(status) {
                0 => {}
                LATE => late += 1,
                WITHOUT_THREADS => without_threads += 1,
                code => panic!("child {number} ended with {code}"),
            }
        }
        drop(stops);
    });
    let report = telemetry.shutdown(PATIENCE);
    println!("{forks} forks, {late} late, {without_threads} without threads; {report}");
    assert_exact(&report, &ids);
    assert_eq!(report.logs.emitted, (report.started - 2 * forks as u64) / 3, "{report}");
    assert!(late * 20 <= forks, "{late} of {forks} were not done at once");
    assert!(without_threads * 5 <= forks, "{without_threads} of {forks} could start no thread");
}

#[test]
fn what_is_open_over_a_fork_is_left_in_the_child() {
    if !is_alone("what_is_open_over_a_fork_is_left_in_the_child") {
        return;
    }
    let (telemetry, ..) = install();
    let current = || Span::current().context().span_id();
    let root = span!("root");
    let (of_root, outer) = (current(), span!("outer"));
    let (of_outer, inner) = (current(), span!("inner"));
    // The serials of each child begin elsewhere.
    for _ in 0..20 {
        // SAFETY: the child only leaves what is open.
        let child = unsafe { libc::fork() };
        if child == 0 {
            drop(inner);
            let is_outer = current() == of_outer;
            drop(outer);
            let is_root = current() == of_root;
            drop(root);
            let is_right = is_outer && is_root && current() == SpanId::INVALID;
            // SAFETY: ends the process.
            unsafe { libc::_exit(i32::from(!is_right)) };
        }
        assert_eq!(wait_for(child), 0);
    }
    drop((inner, outer, root));
    telemetry.shutdown(PATIENCE);
}

/// A server that forks before it installs anything.
#[test]
fn siblings_have_ids_of_their_own() {
    if !is_alone("siblings_have_ids_of_their_own") {
        return;
    }
    // The parent has its random numbers already.
    drop(HashSet::<u8>::new());
    let mut pipe = [0; 2];
    // SAFETY: there is room for both ends.
    assert_eq!(unsafe { libc::pipe(pipe.as_mut_ptr()) }, 0);
    let children: Vec<_> = (0..8)
        .map(|_| {
            // SAFETY: there is no other thread that the child could miss.
            let child = unsafe { libc::fork() };
            if child == 0 {
                let lived = catch_unwind(|| {
                    let (telemetry, ids, _) = install();
                    work(1, "in the child");
                    telemetry.shutdown(PATIENCE);
                    let bytes = ids.0.lock().unwrap()[0].1.to_bytes();
                    // SAFETY: the bytes are there.
                    unsafe { libc::write(pipe[1], bytes.as_ptr().cast(), bytes.len()) }
                });
                // SAFETY: ends the process.
                unsafe { libc::_exit(i32::from(!matches!(lived, Ok(16)))) };
            }
            child
        })
        .collect();
    assert!(children.into_iter().all(|child| wait_for(child) == 0));
    let mut bytes = [0_u8; 8 * 16];
    // SAFETY: there is room for them.
    let read = unsafe { libc::read(pipe[0], bytes.as_mut_ptr().cast(), bytes.len()) };
    assert_eq!(read, 8 * 16);
    let traces: HashSet<_> = bytes.chunks(16).collect();
    assert_eq!(traces.len(), 8);
}
