use super::*;
use crate::export::testing::{BuiltSpan, SpanMaker};
use crate::export::{ExportError, FinishedSpan};
use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

type Script = Box<dyn FnMut(usize) -> Result<(), ExportError> + Send>;

/// Treats each batch as the script requires, and reports the batch's size.
struct Scripted {
    script: Script,
    batches: Sender<usize>,
}

impl Exporter for Scripted {
    fn name(&self) -> Cow<'static, str> {
        "scripted".into()
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        let result = (self.script)(batch.len());
        let _ = self.batches.send(batch.len());
        result
    }
}

pub(super) fn queue(
    settings: QueueSettings,
    script: impl FnMut(usize) -> Result<(), ExportError> + Send + 'static,
) -> (ExporterQueue, Receiver<usize>) {
    let (batches, receiver) = channel();
    let exporter = Scripted { script: Box::new(script), batches };
    let resource = Resource::builder_empty().build();
    (ExporterQueue::spawn(Box::new(exporter), &settings, &resource).unwrap(), receiver)
}

pub(super) fn settings(queue: usize, batch: usize, delay_ms: u64) -> QueueSettings {
    QueueSettings::default()
        .with_max_queue(queue)
        .with_max_batch(batch)
        .with_delay(Duration::from_millis(delay_ms))
}

pub(super) fn chunk(spans: usize) -> Arc<FinishedSpans> {
    BuiltSpan::chunk((0..spans).map(|_| SpanMaker::new("x").build(|_| {})))
}

pub(super) fn within(ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(ms)
}

pub(super) const HOUR: u64 = 3_600_000;

fn dropped(queue: &ExporterQueue, reason: DropReason) -> u64 {
    queue.report().dropped.get(&reason).copied().unwrap_or_default()
}

#[test]
fn batches_gather_across_chunks_and_go_out_when_full() {
    let (queue, batches) = queue(settings(100, 4, HOUR), |_| Ok(()));
    queue.offer(&chunk(3));
    assert!(batches.recv_timeout(Duration::from_millis(50)).is_err(), "3 spans wait for a fourth");
    queue.offer(&chunk(7));
    assert_eq!(batches.recv().unwrap(), 4);
    assert_eq!(batches.recv().unwrap(), 4);
    assert!(queue.flush(queue.begin_flush(), within(5_000)));
    assert_eq!(batches.recv().unwrap(), 2);
    assert_eq!(queue.report().exported, 10);
    assert!(queue.shutdown(within(5_000)));
}

#[test]
fn the_delay_counts_from_the_first_waiting_span() {
    let (queue, batches) = queue(settings(100, 50, 60), |_| Ok(()));
    let start = Instant::now();
    queue.offer(&chunk(1));
    std::thread::sleep(Duration::from_millis(30));
    queue.offer(&chunk(1));
    assert_eq!(batches.recv().unwrap(), 2);
    assert!(start.elapsed() >= Duration::from_millis(60), "after {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_millis(1_000), "after {:?}", start.elapsed());
}

#[test]
fn what_does_not_fit_is_dropped_and_counted() {
    let (open, gate) = channel::<()>();
    let (queue, _batches) = queue(settings(10, 5, 0), move |_| {
        let _ = gate.recv();
        Ok(())
    });
    queue.offer(&chunk(5));
    while queue.shared.lock().in_flight == 0 {
        std::thread::yield_now();
    }
    queue.offer(&chunk(8));
    queue.offer(&chunk(8));
    let report = queue.report();
    assert_eq!((report.exported, report.queued), (0, 15));
    assert_eq!(dropped(&queue, DropReason::QueueFull), 6);
    drop(open);
    assert!(queue.shutdown(within(5_000)));
    assert_eq!(queue.report().exported, 15);
}

#[test]
fn failures_are_counted_by_their_reason() {
    let mut call = 0;
    let (queue, batches) = queue(settings(1_000, 10, HOUR), move |_| {
        call += 1;
        match call {
            1 => Err(ExportError::new("no route")),
            2 => Err(ExportError::partial(3, "three were too old")),
            3 => panic!("oh dear"),
            _ => Ok(()),
        }
    });
    for _ in 0..4 {
        queue.offer(&chunk(10));
        assert!(queue.flush(queue.begin_flush(), within(5_000)));
    }
    assert_eq!(batches.iter().take(3).collect::<Vec<_>>(), [10, 10, 10]);
    let report = queue.report();
    assert_eq!(report.exported, 17);
    assert_eq!(dropped(&queue, DropReason::ExportFailed), 13);
    assert_eq!(dropped(&queue, DropReason::ExporterPanicked), 10);
    assert_eq!(report.last_error.as_deref(), Some("panicked: oh dear"));
}

#[test]
fn what_is_given_back_waits_and_nobody_waits_for_it() {
    let hour = Instant::now() + Duration::from_millis(HOUR);
    let (queue, batches) =
        queue(settings(10, 4, HOUR), move |_| Err(ExportError::new("busy").postponed(hour)));
    queue.offer(&chunk(4));
    assert_eq!(batches.recv().unwrap(), 4);
    let start = Instant::now();
    queue.offer(&chunk(4));
    assert!(!queue.flush(queue.begin_flush(), within(HOUR)));
    assert!(!queue.flush(queue.begin_flush(), within(HOUR)));
    // Items that do not fit beside the returned ones are dropped.
    queue.offer(&chunk(4));
    let report = queue.report();
    assert_eq!((report.exported, report.queued), (0, 10));
    assert_eq!(dropped(&queue, DropReason::QueueFull), 2);
    assert!(batches.try_recv().is_err(), "nothing is sent meanwhile");
    assert!(queue.shutdown(within(HOUR)));
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(dropped(&queue, DropReason::ExportFailed), 10);
    assert_eq!(queue.report().queued, 0);
}

#[test]
fn what_is_given_back_is_exported_later() {
    let mut call = 0;
    let (queue, batches) = queue(settings(100, 10, HOUR), move |_| {
        call += 1;
        match call {
            1 => Err(ExportError::new("busy").postponed(within(30))),
            _ => Ok(()),
        }
    });
    queue.offer(&chunk(3));
    queue.offer(&chunk(9));
    let start = Instant::now();
    assert_eq!(batches.iter().take(2).collect::<Vec<_>>(), [10, 10]);
    assert!(start.elapsed() >= Duration::from_millis(25), "{:?}", start.elapsed());
    assert!(queue.shutdown(within(HOUR)));
    assert_eq!(queue.report().exported, 12);
}

#[test]
fn a_batch_that_is_given_back_for_ever_is_lost() {
    let mut call = 0;
    let (queue, batches) = queue(settings(100, 4, HOUR), move |_| {
        call += 1;
        if call <= 6 { Err(ExportError::new("busy").postponed(within(1))) } else { Ok(()) }
    });
    queue.offer(&chunk(8));
    assert_eq!(batches.iter().take(7).count(), 7);
    assert!(queue.shutdown(within(HOUR)));
    assert_eq!((queue.report().exported, dropped(&queue, DropReason::ExportFailed)), (4, 4));
}

#[test]
fn an_exporter_that_keeps_panicking_is_not_called_again() {
    let (queue, batches) = queue(settings(1_000, 1, HOUR), |_| panic!("always"));
    for _ in 0..10 {
        queue.offer(&chunk(1));
    }
    assert!(queue.shutdown(within(5_000)));
    assert_eq!(dropped(&queue, DropReason::ExporterPanicked), 10);
    assert_eq!(batches.iter().count(), 0);
}

#[test]
fn a_slow_exporter_keeps_nobody_waiting_beyond_the_deadline() {
    let (_open, gate) = channel::<()>();
    let (queue, _batches) = queue(settings(100, 5, HOUR), move |_| {
        let _ = gate.recv();
        Ok(())
    });
    queue.offer(&chunk(12));
    let start = Instant::now();
    assert!(!queue.flush(queue.begin_flush(), within(50)));
    assert_eq!(queue.report().queued, 12);
    assert!(!queue.shutdown(within(50)));
    assert!(start.elapsed() < Duration::from_secs(2));
    queue.offer(&chunk(2));
    let report = queue.report();
    assert_eq!((report.exported, report.queued), (0, 0));
    assert_eq!(dropped(&queue, DropReason::DeadlineExceeded), 14);
}

#[test]
fn what_arrives_too_late_is_not_counted_twice() {
    let (open, gate) = channel::<()>();
    let (queue, batches) = queue(settings(100, 5, HOUR), move |_| {
        let _ = gate.recv();
        Ok(())
    });
    queue.offer(&chunk(5));
    assert!(!queue.shutdown(within(20)));
    drop(open);
    assert_eq!(batches.recv().unwrap(), 5);
    assert!(batches.recv().is_err(), "the thread ends");
    let report = queue.report();
    assert_eq!((report.exported, report.queued), (0, 0));
    assert_eq!(dropped(&queue, DropReason::DeadlineExceeded), 5);
    assert!(!queue.flush(queue.begin_flush(), within(20)));
}

#[test]
fn an_exporter_that_flushes_its_own_queue_does_not_deadlock() {
    static QUEUE: OnceLock<ExporterQueue> = OnceLock::new();
    let (queue, batches) = queue(settings(100, 5, 0), |_| {
        if let Some(queue) = QUEUE.get() {
            assert!(!queue.flush(queue.begin_flush(), within(60_000)));
        }
        Ok(())
    });
    let queue = QUEUE.get_or_init(|| queue);
    queue.offer(&chunk(3));
    assert_eq!(batches.recv_timeout(Duration::from_secs(5)).unwrap(), 3);
    assert!(queue.shutdown(within(5_000)));
}

#[test]
fn the_sums_hold_at_every_moment() {
    let mut call = 0_u32;
    let (queue, _batches) = queue(settings(300, 16, 1), move |_| {
        call += 1;
        match call % 7 {
            0 => Err(ExportError::new("now and then")),
            3 => Err(ExportError::partial(1, "one")),
            5 => {
                std::thread::sleep(Duration::from_micros(300));
                Ok(())
            }
            _ => Ok(()),
        }
    });
    let offered = Mutex::new(0_u64);
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let (queue, offered) = (&queue, &offered);
            scope.spawn(move || {
                for round in 0..400 {
                    let chunk = chunk((round * 7 + thread) % 40);
                    let mut offered = offered.lock().unwrap();
                    queue.offer(&chunk);
                    *offered += chunk.len() as u64;
                    let report = queue.report();
                    let dropped: u64 = report.dropped.values().sum();
                    assert_eq!(report.exported + report.queued + dropped, *offered);
                }
            });
        }
    });
    assert!(queue.shutdown(within(10_000)));
    let report = queue.report();
    assert_eq!(report.queued, 0);
    let dropped: u64 = report.dropped.values().sum();
    assert_eq!(report.exported + dropped, *offered.lock().unwrap());
}
