//! Loss accounting: every span that was started, and every log record that was emitted, is
//! exported, dropped for a stated reason, or still on its way, and the sums match. Measurements are
//! in the metrics, or counted here.

use crate::escape;
use std::collections::BTreeMap;
use std::fmt;

/// The reason why a span or a log record was not exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DropReason {
    /// The thread's ring was full: the program records faster than the collector reads.
    RingFull,
    /// There was no memory for the ring of its thread, not even for a small one.
    NoMemory,
    /// It began within code that runs while another span is being recorded: the formatting of an
    /// attribute, a sampler, or the destructor of a panic's payload.
    Reentrant,
    /// It began while its thread was being torn down.
    ThreadExit,
    /// It had not ended when the pipeline was shut down.
    NeverEnded,
    /// The pipeline's limit of open spans, or of their memory, was reached; events and attributes
    /// of such a span are not counted separately.
    TooManyOpen,
    /// It was recorded, but not to be exported: by the sampler
    /// ([`RecordOnly`](https://docs.rs/trace-runtime/latest/trace_runtime/sampling/enum.Decision.html)), or
    /// because nothing spoke for its trace, which is not among the share that tail sampling keeps. This is
    /// not a loss: reports list it, and do not add it to what was lost.
    SampledOut,
    /// Its trace was decided before it was over, because undecided spans took too much memory, and
    /// nothing spoke for it by then.
    Evicted,
    /// Its trace was to be kept, and a budget of tail sampling was used up.
    Quota,
    /// Its exporter, or the tenant of its trace, was switched off. This is not a loss: reports list it, and do
    /// not add it to what was lost.
    SwitchedOff,
    /// It was open, or waited for an exporter, when everything was switched off for good.
    Killed,
    /// It was measured while its ring was full, and there was no room where such measurements are
    /// merged.
    NoRoom,
    /// The instrument does not accept the value: counters accept no negative values, and no
    /// instrument accepts infinity.
    InvalidValue,
    /// An exporter's queue was full: the exporter is slower than the program records.
    QueueFull,
    /// The exporter reported an error.
    ExportFailed,
    /// The exporter panicked.
    ExporterPanicked,
    /// The deadline of a flush passed before it was handed over, or before the exporter finished.
    DeadlineExceeded,
}

impl DropReason {
    /// The reasons why spans that have ended do not reach exporters in general, but those that get all.
    #[doc(hidden)]
    pub const OF_VERDICTS: [Self; 4] =
        [Self::SampledOut, Self::Evicted, Self::Quota, Self::SwitchedOff];

    /// Returns the name in reports, such as `ring_full`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RingFull => "ring_full",
            Self::NoMemory => "no_memory",
            Self::Reentrant => "reentrant",
            Self::ThreadExit => "thread_exit",
            Self::NeverEnded => "never_ended",
            Self::TooManyOpen => "too_many_open",
            Self::SampledOut => "sampled_out",
            Self::Evicted => "evicted",
            Self::Quota => "quota",
            Self::SwitchedOff => "switched_off",
            Self::Killed => "killed",
            Self::NoRoom => "no_room",
            Self::InvalidValue => "invalid_value",
            Self::QueueFull => "queue_full",
            Self::ExportFailed => "export_failed",
            Self::ExporterPanicked => "exporter_panicked",
            Self::DeadlineExceeded => "deadline_exceeded",
        }
    }
}

/// Returns the number of items that were dropped against the program's wishes.
fn lost(drops: &Drops) -> u64 {
    drops
        .iter()
        .filter(|(reason, _)| !matches!(reason, DropReason::SampledOut | DropReason::SwitchedOff))
        .map(|(_, count)| count)
        .sum()
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The number of drops by reason.
pub type Drops = BTreeMap<DropReason, u64>;

/// The fate of all spans and log records so far.
///
/// For each exporter, `started` is the sum of the spans dropped before the exporters, those
/// buffered before them, those that this exporter exported, dropped, has queued and has missed, and those that
/// went to other exporters because of their tenants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LossReport {
    /// Spans that began to be recorded.
    pub started: u64,
    /// Spans that are open or on their way to the exporters.
    pub buffered: u64,
    /// Those of the buffered spans that wait for a verdict of tail sampling. Exporters that get all spans
    /// have got them.
    pub undecided: u64,
    /// Spans dropped before the exporters.
    pub dropped: Drops,
    /// Events, late attributes and links whose span could not be found, or that found a full ring,
    /// and attribute values that were too large for it.
    pub dropped_details: u64,
    /// The report of each exporter.
    pub exporters: Vec<ExporterReport>,
    /// The fate of log records.
    pub logs: LogReport,
    /// The fate of measured calls and business values.
    pub measurements: MeasurementReport,
    /// Whether the deadline passed before the collector had read everything; only set in the report
    /// of a flush or a shutdown that missed its deadline. After a shutdown, whatever was still
    /// buffered is lost, and counted as such.
    pub incomplete: bool,
    /// Bytes of records in the rings of threads that the collector had not read by that deadline.
    /// The number of spans and measurements in them is unknown, so none of the other numbers counts
    /// them.
    pub unread_bytes: u64,
}

/// The fate of measured calls and business values.
///
/// Measurements not listed here are in the metrics. Counts and sums are exact; distributions of
/// values measured while a ring was full, or while an instrument was being created, keep exact
/// counts and sums, and approximate values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MeasurementReport {
    /// Measurements that are in no metric.
    pub dropped: Drops,
    /// Measurements that wait for their instrument: a callback of an observable instrument blocks
    /// the creation of others.
    pub buffered: u64,
    /// Measurements that went to the series `otel.metric.overflow` of their function or instrument
    /// because it already has the maximum number of other series. They are not lost.
    pub overflowed: u64,
    /// Whether the deadline of a shutdown passed before the readers of metrics had delivered the
    /// last of them.
    pub undelivered: bool,
}

/// The fate of all log records so far.
///
/// For each exporter, `emitted` is the sum of the records buffered before the exporters, and those
/// that this exporter exported, dropped, has queued and has missed, and those that went to other exporters because
/// of their tenants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogReport {
    /// Records that were emitted while an exporter was installed.
    pub emitted: u64,
    /// Records on their way to the exporters.
    pub buffered: u64,
    /// Values nested too deeply within a record, which is exported without them.
    pub cut_values: u64,
    /// The report of each exporter.
    pub exporters: Vec<ExporterReport>,
}

/// The fate of the spans, or log records, that reached one exporter.
///
/// An exporter that a [reloaded file](https://docs.rs/trace-runtime/latest/trace_runtime/struct.ConfigHandle.html)
/// replaces by one of the same name has one report together with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExporterReport {
    /// The name of the exporter.
    pub name: String,
    /// The number delivered.
    pub exported: u64,
    /// The number waiting in its queue or being exported.
    pub queued: u64,
    /// The number not delivered, by reason.
    pub dropped: Drops,
    /// The number that went to other exporters only, because of their tenants.
    pub elsewhere: u64,
    /// The number that reached the other exporters before a reloaded file added this one, or after one
    /// removed it.
    pub missed: u64,
    /// Whether it gets all spans, whatever tail sampling decides.
    pub gets_all: bool,
    /// The last error, in readable form: one line.
    pub last_error: Option<String>,
}

impl ExporterReport {
    fn total_dropped(&self) -> u64 {
        self.dropped.values().sum()
    }

    /// Returns whether everything that reached it is accounted for.
    fn accounts_for(&self, arrived: u64) -> bool {
        let lost_sight_of = self.missed + self.elsewhere;
        arrived == self.exported + self.queued + self.total_dropped() + lost_sight_of
    }
}

impl LogReport {
    /// Returns the number of records lost in all exporters.
    pub fn total_dropped(&self) -> u64 {
        self.exporters.iter().map(|exporter| lost(&exporter.dropped)).sum()
    }

    /// Returns whether each exporter's sum is exactly `emitted`.
    pub fn is_balanced(&self) -> bool {
        let arrived = self.emitted - self.buffered;
        self.exporters.iter().all(|exporter| exporter.accounts_for(arrived))
    }
}

impl MeasurementReport {
    /// Returns the number of measurements lost.
    pub fn total_dropped(&self) -> u64 {
        self.dropped.values().sum()
    }
}

impl LossReport {
    /// Returns the number of spans lost before the exporters and in all of them, log records lost,
    /// and measurements lost. Spans that the sampler left out are not lost.
    pub fn total_dropped(&self) -> u64 {
        let at_exporters = self.exporters.iter().map(|exporter| lost(&exporter.dropped));
        let spans = lost(&self.dropped) + at_exporters.sum::<u64>();
        spans + self.logs.total_dropped() + self.measurements.total_dropped()
    }

    /// Returns whether nothing at all was lost. If a deadline was missed, that is unknown, and this
    /// is `false`.
    pub fn is_lossless(&self) -> bool {
        let is_complete = !self.incomplete && !self.measurements.undelivered;
        let is_whole = self.dropped_details == 0 && self.logs.cut_values == 0;
        is_complete && is_whole && self.total_dropped() == 0
    }

    /// Returns whether each exporter's sum is exactly `started`, for spans, and `emitted`, for
    /// logs.
    pub fn is_balanced(&self) -> bool {
        let before = self.buffered + self.dropped.values().sum::<u64>();
        let Some(arrived) = self.started.checked_sub(before) else { return false };
        let by_verdict = DropReason::OF_VERDICTS.iter().filter_map(|it| self.dropped.get(it));
        let all = arrived + self.undecided + by_verdict.sum::<u64>();
        let arrived_at = |it: &ExporterReport| if it.gets_all { all } else { arrived };
        self.exporters.iter().all(|it| it.accounts_for(arrived_at(it))) && self.logs.is_balanced()
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
        if self.elsewhere > 0 {
            write!(f, ", {} elsewhere", self.elsewhere)?;
        }
        if self.missed > 0 {
            write!(f, ", {} while it was not in use", self.missed)?;
        }
        match &self.last_error {
            Some(error) => write!(f, ", last error: {}", escape::line(error)),
            None => Ok(()),
        }
    }
}
