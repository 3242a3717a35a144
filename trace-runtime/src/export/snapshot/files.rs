//! Defines when snapshots are written by themselves, and where.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file names of snapshots begin with this.
const PREFIX: &str = "snapshot-";

/// The files into which snapshots are written when something happens.
///
/// Nothing is written unless an `on_` method is called. A file contains the spans that
/// [`Telemetry::snapshot`](crate::Telemetry::snapshot) returns, in the format of
/// [`Snapshot::save`](super::Snapshot::save), and its name contains the time and the reason.
///
/// ```no_run
/// use std::time::Duration;
/// use trace_runtime::Telemetry;
/// use trace_runtime::export::SnapshotFiles;
/// use trace_runtime::sampling::TailSampling;
///
/// let telemetry = Telemetry::builder()
///     .with_tail_sampling(TailSampling::new(0.01).with_slow(Duration::from_secs(1)))
///     .with_snapshot_files(SnapshotFiles::in_dir("/var/tmp/shop").on_panic().on_slow_root())
///     .install()?;
/// # drop(telemetry);
/// # Ok::<(), trace_runtime::InitError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct SnapshotFiles {
    pub(crate) dir: PathBuf,
    pub(crate) triggers: SnapshotTriggers,
    pub(crate) pause: Duration,
    pub(crate) most: usize,
}

/// An event after which a snapshot is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum SnapshotTrigger {
    Panic = 1,
    FailedRoot = 2,
    SlowRoot = 4,
    #[cfg(all(unix, feature = "signals"))]
    Signal = 8,
}

impl SnapshotTrigger {
    /// All triggers; of several at once, the first names the file.
    const ALL: &[Self] = &[
        Self::Panic,
        Self::FailedRoot,
        Self::SlowRoot,
        #[cfg(all(unix, feature = "signals"))]
        Self::Signal,
    ];

    /// Returns its name in file names.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::FailedRoot => "failed",
            Self::SlowRoot => "slow",
            #[cfg(all(unix, feature = "signals"))]
            Self::Signal => "signal",
        }
    }
}

/// A set of triggers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SnapshotTriggers(pub(crate) u8);

impl SnapshotTriggers {
    fn with(self, trigger: SnapshotTrigger) -> Self {
        Self(self.0 | trigger as u8)
    }

    /// Returns whether it contains a trigger.
    pub(crate) fn contains(self, trigger: SnapshotTrigger) -> bool {
        self.0 & trigger as u8 != 0
    }

    /// Returns the most important trigger in it.
    pub(crate) fn first(self) -> Option<SnapshotTrigger> {
        SnapshotTrigger::ALL.iter().copied().find(|&trigger| self.contains(trigger))
    }
}

impl SnapshotFiles {
    /// Writes into a directory, which is created if it does not exist.
    pub fn in_dir(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            triggers: SnapshotTriggers::default(),
            pause: Duration::from_secs(60),
            most: 10,
        }
    }

    /// Writes a snapshot when a thread panics. A program that aborts then waits for the file, up to a second.
    pub fn on_panic(self) -> Self {
        self.on(SnapshotTrigger::Panic)
    }

    /// Writes a snapshot when a local root fails: when its status is an error.
    pub fn on_failed_root(self) -> Self {
        self.on(SnapshotTrigger::FailedRoot)
    }

    /// Writes a snapshot when a local root takes at least the time that
    /// [`with_slow`](crate::sampling::TailSampling::with_slow) or
    /// [`with_slow_named`](crate::sampling::TailSampling::with_slow_named) sets.
    pub fn on_slow_root(self) -> Self {
        self.on(SnapshotTrigger::SlowRoot)
    }

    /// Writes a snapshot when the process receives SIGUSR1.
    #[cfg(all(unix, feature = "signals"))]
    pub fn on_sigusr1(self) -> Self {
        self.on(SnapshotTrigger::Signal)
    }

    /// Sets the time after a snapshot in which none is written; a minute by default.
    pub fn with_pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Sets the number of files that are kept; 10 by default. A new snapshot replaces the oldest of this
    /// directory, whichever process has written it.
    pub fn with_most(mut self, files: usize) -> Self {
        self.most = files.max(1);
        self
    }

    fn on(mut self, trigger: SnapshotTrigger) -> Self {
        self.triggers = self.triggers.with(trigger);
        self
    }

    /// Returns the path of a new file.
    pub(crate) fn path(&self, trigger: SnapshotTrigger, unix_time: Duration) -> PathBuf {
        let (millis, process) = (unix_time.as_millis(), std::process::id());
        // The numbers have a fixed width, so that the files sort by time.
        self.dir.join(format!("{PREFIX}{millis:015}-{process}-{}.jsonl", trigger.name()))
    }

    /// Returns the oldest files, beyond the number that may be kept.
    pub(crate) fn outdated(&self) -> Vec<PathBuf> {
        let is_snapshot = |path: &Path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with(PREFIX) && name.ends_with(".jsonl")
        };
        let entries = std::fs::read_dir(&self.dir).into_iter().flatten();
        let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.retain(|path| is_snapshot(path));
        files.sort();
        let kept = files.len().min(self.most);
        files.truncate(files.len() - kept);
        files
    }
}
