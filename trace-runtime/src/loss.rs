//! Loss accounting: every span that was started, and every log record that was emitted, is exported,
//! dropped for a stated reason, or still on its way, and the sums agree.

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
    /// An exporter's queue was full: the exporter is slower than the program records.
    QueueFull,
    /// The exporter reported an error.
    ExportFailed,
    /// The exporter panicked.
    ExporterPanicked,
    /// The time for flushing was over before the exporter was done.
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
    /// Events, late attributes and links whose span could not be found, or that found a full ring.
    pub dropped_details: u64,
    /// Each exporter's own account.
    pub exporters: Vec<ExporterReport>,
    /// What became of log records.
    pub logs: LogReport,
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
    /// The last error, for people.
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

impl LossReport {
    /// Spans lost before the exporters and in all of them, and log records lost.
    pub fn total_dropped(&self) -> u64 {
        let at_exporters = self.exporters.iter().map(ExporterReport::total_dropped);
        let spans: u64 = self.dropped.values().copied().chain(at_exporters).sum();
        spans + self.logs.total_dropped()
    }

    /// Whether nothing at all was lost.
    pub fn is_lossless(&self) -> bool {
        self.total_dropped() == 0 && self.dropped_details == 0
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
        if self.logs.emitted > 0 { write!(f, "; {}", self.logs) } else { Ok(()) }
    }
}

impl fmt::Display for LogReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} log records emitted", self.emitted)?;
        if self.buffered > 0 {
            write!(f, ", {} still buffered", self.buffered)?;
        }
        self.exporters.iter().try_for_each(|exporter| write!(f, "; {exporter}"))
    }
}

impl fmt::Display for ExporterReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} exported, {} dropped", self.name, self.exported, self.total_dropped())?;
        fmt_drops(f, &self.dropped)?;
        if self.queued > 0 {
            write!(f, ", {} queued", self.queued)?;
        }
        match &self.last_error {
            Some(error) => write!(f, ", last error: {error}"),
            None => Ok(()),
        }
    }
}
