//! Loss accounting: every span that was started is exported, dropped for a stated reason, or still
//! on its way, and the sums agree.

use std::collections::BTreeMap;
use std::fmt;

/// Why a span was not exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DropReason {
    /// The thread's ring was full: the program records faster than the collector reads.
    RingFull,
    /// It began while an attribute of another span was being formatted.
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

/// How many spans were dropped, by reason.
pub type Drops = BTreeMap<DropReason, u64>;

/// What became of the spans so far.
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
}

/// What became of the spans that reached one exporter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExporterReport {
    /// The exporter.
    pub name: String,
    /// Spans delivered.
    pub exported: u64,
    /// Spans waiting in its queue or being exported.
    pub queued: u64,
    /// Spans that it did not deliver.
    pub dropped: Drops,
    /// The last error, for people.
    pub last_error: Option<String>,
}

impl LossReport {
    /// Spans lost before the exporters and in all of them.
    pub fn total_dropped(&self) -> u64 {
        let at_exporters = self.exporters.iter().flat_map(|exporter| exporter.dropped.values());
        self.dropped.values().chain(at_exporters).sum()
    }

    /// Whether nothing at all was lost.
    pub fn is_lossless(&self) -> bool {
        self.total_dropped() == 0 && self.dropped_details == 0
    }

    /// Whether each exporter's sum is exactly `started`.
    pub fn is_balanced(&self) -> bool {
        let before = self.buffered + self.dropped.values().sum::<u64>();
        self.exporters.iter().all(|exporter| {
            let dropped: u64 = exporter.dropped.values().sum();
            self.started == before + exporter.exported + exporter.queued + dropped
        })
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
        for exporter in &self.exporters {
            let dropped: u64 = exporter.dropped.values().sum();
            write!(f, "; {}: {} exported, {dropped} dropped", exporter.name, exporter.exported)?;
            fmt_drops(f, &exporter.dropped)?;
            if exporter.queued > 0 {
                write!(f, ", {} queued", exporter.queued)?;
            }
            if let Some(error) = &exporter.last_error {
                write!(f, ", last error: {error}")?;
            }
        }
        Ok(())
    }
}
