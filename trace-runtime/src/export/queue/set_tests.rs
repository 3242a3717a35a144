//! Tests the exchange of exporters with ones that misbehave.

use super::tests::{HOUR, chunk, queue, settings, within};
use super::*;
use crate::export::ExportError;
use std::sync::mpsc::{Sender, channel};

/// Returns a set with an exporter that hangs in its export of four spans, before which two wait, until the sender
/// sends or is dropped.
fn hanging() -> (ExporterSet, Sender<()>) {
    let (go_on, held) = channel::<()>();
    let (queue, _) = queue(settings(64, 4, HOUR), move |_| {
        let _ = held.recv();
        Ok(())
    });
    let set = ExporterSet::new([queue]);
    offer(&set, 4);
    // Until the exporter has them.
    while set.current()[0].shared.lock().in_flight < 4 {
        std::thread::yield_now();
    }
    offer(&set, 2);
    (set, go_on)
}

fn offer(set: &ExporterSet, spans: usize) {
    set.current().iter().for_each(|queue| queue.offer(&chunk(spans)));
}

fn only(set: &ExporterSet, arrived: u64) -> ExporterReport {
    let mut reports = set.report(arrived.into());
    assert_eq!(reports.len(), 1);
    let report = reports.remove(0);
    let dropped: u64 = report.dropped.values().sum();
    assert_eq!(report.exported + report.queued + dropped + report.missed, arrived);
    report
}

#[test]
fn one_that_hangs_holds_nothing_up() {
    let (set, go_on) = hanging();
    let old = set.current();
    let (new, batches) = queue(settings(64, 2, HOUR), |_| Ok(()));
    let new = [Arc::new(new)];
    set.exchange(&old, &new, 6.into(), within(0));
    // What waited is exported by the new one, and so is what comes later.
    assert_eq!(batches.recv().unwrap(), 2);
    offer(&set, 2);
    assert_eq!(batches.recv().unwrap(), 2);
    while only(&set, 8).exported < 4 {
        std::thread::yield_now();
    }
    assert_eq!(only(&set, 8).queued, 4);
    assert_eq!(set.unfinished(), 1);
    // After its deadline, what it had counts as lost, whatever it does later.
    set.drain(&old, within(0));
    let report = only(&set, 8);
    assert_eq!((report.exported, report.dropped[&DropReason::DeadlineExceeded]), (4, 4));
    assert_eq!(set.unfinished(), 1);
    drop(go_on);
    assert!(old[0].wait_for_end(within(20_000)) || old[0].has_ended());
    assert_eq!(set.unfinished(), 0);
    assert_eq!(only(&set, 8), report);
}

#[test]
fn a_flush_waits_for_what_has_moved_to_another_exporter() {
    let (set, go_on) = hanging();
    let old = set.current();
    let begun = set.begin_flush();
    let (new, batches) = queue(settings(64, 64, HOUR), |_| Ok(()));
    set.exchange(&old, &[Arc::new(new)], 6.into(), within(20_000));
    drop(go_on);
    assert!(set.flush(begun, within(20_000)));
    assert_eq!(batches.try_recv().unwrap(), 2);
    assert_eq!(only(&set, 6).exported, 6);
}

#[test]
fn losses_of_those_that_were_replaced_stay_in_the_account() {
    let (first, _batches) = queue(settings(64, 1, HOUR), |_| Err(ExportError::new("refused")));
    let set = ExporterSet::new([first]);
    for round in 1..=50_u64 {
        offer(&set, 1);
        let old = set.current();
        let (new, _) = queue(settings(64, 1, HOUR), |_| Err(ExportError::new("refused")));
        set.exchange(&old, &[Arc::new(new)], round.into(), within(20_000));
        set.drain(&old, within(20_000));
        let report = only(&set, round);
        assert_eq!(report.dropped.values().sum::<u64>() + report.queued, round);
    }
    set.shutdown(within(20_000).into());
    assert_eq!(only(&set, 50).dropped[&DropReason::ExportFailed], 50);
    assert_eq!(set.unfinished(), 0);
}
