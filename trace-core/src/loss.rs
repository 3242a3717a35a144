//! Loss accounting: every span that was started, and every log record that was emitted, is exported,
//! dropped for a stated reason, or still on its way, and the sums agree. What was measured is in the
//! metrics, or counted here.

use crate::escape;
use std::collections::BTreeMap;
use std::fmt;

/// Why a span or a log record was not exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DropReason {
    /// The thread's ring was full: the program records faster than the collector reads.
    RingFull,
    /// There was no memory for the ring of its thread, not even for a small one.
    NoMemory,
    /// It began within code that the recording of another span runs: the formatting of an
    /// attribute, a sampler, the destructor of what those panicked with.
    Reentrant,
    /// It began while its thread was being torn down.
    ThreadExit,
    /// It had not ended when the pipeline was shut down.
    NeverEnded,
    /// As many spans were open as the pipeline keeps, or they took as much memory; events and
    /// attributes of such a span are not counted apart.
    TooManyOpen,
    /// It was measured while its ring was full, and found no room where such measurements are merged.
    NoRoom,
    /// An instrument takes no such value: a counter no negative one, none of them infinity.
    InvalidValue,
    /// An exporter's queue was full: the exporter is slower than the program records.
    QueueFull,
    /// The exporter reported an error.
    ExportFailed,
    /// The exporter panicked.
    ExporterPanicked,
    /// The time for flushing was over before it was handed over, or before the exporter was done.
    DeadlineExceeded,
}

impl DropReason {
    /// The name in reports, such as `ring_full`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RingFull => "ring_full",
            Self::NoMemory => "no_memory",
            Self::Reentrant => "reentrant",
            Self::ThreadExit => "thread_exit",
            Self::NeverEnded => "never_ended",
            Self::TooManyOpen => "too_many_open",
            Self::NoRoom => "no_room",
            Self::InvalidValue => "invalid_value",
            Self::QueueFull => "queue_full",
            Self::ExportFailed => "export_failed",
            Self::ExporterPanicked => "exporter_panicked",
            Self::DeadlineExceeded => "deadline_exceeded",
        }
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many were dropped, by reason.
pub type Drops = BTreeMap<DropReason, u64>;

/// What became of the spans and log records so far.
///
/// For each exporter, `started` is the sum of what was dropped before the exporters, what is
/// buffered before them, and what this exporter exported, dropped and has queued.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LossReport {
    /// Spans that began to be recorded.
    pub started: u64,
    /// Spans that are open or on their way to the exporters.
    pub buffered: u64,
    /// Spans dropped before the exporters.
    pub dropped: Drops,
    /// Events, late attributes and links whose span could not be found, or that found a full ring,
    /// and values of attributes that were too large for it.
    pub dropped_details: u64,
    /// Each exporter's own account.
    pub exporters: Vec<ExporterReport>,
    /// What became of log records.
    pub logs: LogReport,
    /// What became of measured calls and business values.
    pub measurements: MeasurementReport,
    /// The deadline came before the collector had read everything; only in what a flush or a shutdown
    /// that missed it reports. What was buffered then is lost after a shutdown, and counted as such.
    pub incomplete: bool,
    /// Bytes of records in the rings of threads that the collector had not read by that deadline:
    /// which spans and measurements they hold is not known, so none of the other numbers counts them.
    pub unread_bytes: u64,
}

/// What became of measured calls and business values.
///
/// What is not named here is in the metrics. Counts and sums are exact; distributions of what was
/// measured while a ring was full, or an instrument was being made, keep their counts and sums, and
/// their values nearly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MeasurementReport {
    /// Measurements that are in no metric.
    pub dropped: Drops,
    /// Measurements that wait for their instrument: a callback of an observable instrument holds up
    /// those who make others.
    pub buffered: u64,
    /// Measurements that went to the series `otel.metric.overflow` of their function or instrument,
    /// which has as many others as the limit allows. They are not lost.
    pub overflowed: u64,
    /// The deadline of a shutdown came before the readers of metrics had delivered the last of them.
    pub undelivered: bool,
}

/// What became of the log records so far.
///
/// For each exporter, `emitted` is the sum of what is buffered before the exporters, and what this
/// exporter exported, dropped and has queued.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogReport {
    /// Records that were emitted while somebody exported them.
    pub emitted: u64,
    /// Records on their way to the exporters.
    pub buffered: u64,
    /// Values that were nested too deeply within a record, which is exported without them.
    pub cut_values: u64,
    /// Each exporter's own account.
    pub exporters: Vec<ExporterReport>,
}

/// What became of the spans, or log records, that reached one exporter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExporterReport {
    /// The exporter.
    pub name: String,
    /// How many were delivered.
    pub exported: u64,
    /// How many wait in its queue or are being exported.
    pub queued: u64,
    /// How many it did not deliver.
    pub dropped: Drops,
    /// The last error, for people: one line.
    pub last_error: Option<String>,
}

impl ExporterReport {
    fn total_dropped(&self) -> u64 {
        self.dropped.values().sum()
    }

    /// Whether it knows what became of all that came from before it.
    fn accounts_for(&self, arrived: u64) -> bool {
        arrived == self.exported + self.queued + self.total_dropped()
    }
}

impl LogReport {
    /// Records lost in all exporters.
    pub fn total_dropped(&self) -> u64 {
        self.exporters.iter().map(ExporterReport::total_dropped).sum()
    }

    /// Whether each exporter's sum is exactly `emitted`.
    pub fn is_balanced(&self) -> bool {
        let arrived = self.emitted - self.buffered;
        self.exporters.iter().all(|exporter| exporter.accounts_for(arrived))
    }
}

impl MeasurementReport {
    /// Measurements lost.
    pub fn total_dropped(&self) -> u64 {
        self.dropped.values().sum()
    }
}

impl LossReport {
    /// Spans lost before the exporters and in all of them, log records lost, and measurements lost.
    pub fn total_dropped(&self) -> u64 {
        let at_exporters = self.exporters.iter().map(ExporterReport::total_dropped);
        let spans: u64 = self.dropped.values().copied().chain(at_exporters).sum();
        spans + self.logs.total_dropped() + self.measurements.total_dropped()
    }

    /// Whether nothing at all was lost. Where a deadline was missed, that is never known.
    pub fn is_lossless(&self) -> bool {
        let is_complete = !self.incomplete && !self.measurements.undelivered;
        let is_whole = self.dropped_details == 0 && self.logs.cut_values == 0;
        is_complete && is_whole && self.total_dropped() == 0
    }

    /// Whether each exporter's sum is exactly `started`, for spans, and `emitted`, for logs.
    pub fn is_balanced(&self) -> bool {
        let before = self.buffered + self.dropped.values().sum::<u64>();
        let arrived = self.started.checked_sub(before);
        self.exporters.iter().all(|it| arrived.is_some_and(|arrived| it.accounts_for(arrived)))
            && self.logs.is_balanced()
    }
}

fn fmt_drops(f: &mut fmt::Formatter<'_>, drops: &Drops) -> fmt::Result {
    for (index, (reason, count)) in drops.iter().filter(|(_, count)| **count > 0).enumerate() {
        write!(f, "{}{reason} {count}", if index == 0 { " (" } else { ", " })?;
    }
    if drops.values().any(|&count| count > 0) { f.write_str(")") } else { Ok(()) }
}

impl fmt::Display for LossReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dropped: u64 = self.dropped.values().sum();
        write!(f, "{} spans started, {dropped} dropped", self.started)?;
        fmt_drops(f, &self.dropped)?;
        if self.buffered > 0 {
            write!(f, ", {} still buffered", self.buffered)?;
        }
        if self.dropped_details > 0 {
            write!(f, ", {} details dropped", self.dropped_details)?;
        }
        self.exporters.iter().try_for_each(|exporter| write!(f, "; {exporter}"))?;
        if self.logs.emitted > 0 {
            write!(f, "; {}", self.logs)?;
        }
        if self.measurements != MeasurementReport::default() {
            write!(f, "; {}", self.measurements)?;
        }
        if self.incomplete {
            let bytes = self.unread_bytes;
            write!(f, "; the deadline came before all was read: {bytes} bytes of records unread")?;
        }
        Ok(())
    }
}

impl fmt::Display for MeasurementReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} measurements dropped", self.total_dropped())?;
        fmt_drops(f, &self.dropped)?;
        if self.buffered > 0 {
            write!(f, ", {} still buffered", self.buffered)?;
        }
        if self.overflowed > 0 {
            write!(f, ", {} beyond the limit of series", self.overflowed)?;
        }
        if self.undelivered {
            f.write_str(", the last export of metrics not done")?;
        }
        Ok(())
    }
}

impl fmt::Display for LogReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} log records emitted", self.emitted)?;
        if self.buffered > 0 {
            write!(f, ", {} still buffered", self.buffered)?;
        }
        if self.cut_values > 0 {
            write!(f, ", {} deeply nested values cut", self.cut_values)?;
        }
        self.exporters.iter().try_for_each(|exporter| write!(f, "; {exporter}"))
    }
}

impl fmt::Display for ExporterReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = escape::line(&self.name).cut(128);
        write!(f, "{name}: {} exported, {} dropped", self.exported, self.total_dropped())?;
        fmt_drops(f, &self.dropped)?;
        if self.queued > 0 {
            write!(f, ", {} queued", self.queued)?;
        }
        match &self.last_error {
            Some(error) => write!(f, ", last error: {}", escape::line(error)),
            None => Ok(()),
        }
    }
}
