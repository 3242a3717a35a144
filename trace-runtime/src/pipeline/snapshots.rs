//! Writes snapshots into files when something happens, on a separate thread.

#[cfg(all(unix, feature = "signals"))]
use super::signals;
use crate::collector::Alarm;
use crate::diagnostics::warn;
use crate::export::{Snapshot, SnapshotFiles, SnapshotTrigger};
use crate::recorder::suppress_this_thread;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The time between a trigger and its snapshot, so that the snapshot contains what led to it and its end.
const SETTLING: Duration = Duration::from_millis(100);
/// The longest time for which a snapshot waits for the collector.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest time for which a process that is about to abort waits for its snapshot.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The writer that a panic reports to.
static AT_PANIC: Mutex<Weak<Shared>> = Mutex::new(Weak::new());

/// The thread that writes snapshots.
pub(super) struct SnapshotWriter {
    shared: Arc<Shared>,
    #[cfg(all(unix, feature = "signals"))]
    signals: Option<signal_hook::iterator::Handle>,
}

struct Shared {
    alarm: Arc<Alarm>,
    progress: Mutex<Progress>,
    changed: Condvar,
}

#[derive(Default)]
struct Progress {
    /// The number of snapshots that were written, or could not be.
    attempts: u64,
    stop: bool,
    ended: bool,
}

impl SnapshotWriter {
    /// Starts the thread, which writes what the pipeline has recorded when the alarm is raised. `take` returns
    /// that, unless the deadline comes first.
    pub(super) fn start(
        files: SnapshotFiles,
        alarm: Arc<Alarm>,
        take: impl Fn(Instant) -> Option<Snapshot> + Send + 'static,
    ) -> io::Result<Self> {
        let shared =
            Arc::new(Shared { alarm, progress: Mutex::default(), changed: Condvar::new() });
        let of_thread = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("trace-snapshots".to_owned())
            .spawn(move || of_thread.run(&files, take))?;
        shared.alarm.attach(thread.thread().clone());
        shared.alarm.wake();
        if shared.alarm.is_for(SnapshotTrigger::Panic) {
            watch_panics(&shared);
        }
        Ok(Self {
            #[cfg(all(unix, feature = "signals"))]
            signals: watch_signals(&shared.alarm)?,
            shared,
        })
    }

    /// Writes what is due, and ends the thread. Waits for it until the deadline.
    pub(super) fn stop(&self, deadline: Instant) {
        #[cfg(all(unix, feature = "signals"))]
        if let Some(signals) = &self.signals {
            signals.close();
        }
        self.shared.progress().stop = true;
        self.shared.alarm.wake();
        self.shared.wait(deadline, |progress| progress.ended);
    }
}

impl Shared {
    fn run(&self, files: &SnapshotFiles, take: impl Fn(Instant) -> Option<Snapshot>) {
        suppress_this_thread();
        let mut silent_until = None;
        loop {
            // Is read first, so that what was due before is written.
            let stops = self.progress().stop;
            let trigger = self.alarm.take().first();
            let is_silent = silent_until.is_some_and(|until| Instant::now() < until);
            if let Some(trigger) = trigger.filter(|_| !is_silent) {
                if !stops {
                    self.wait(Instant::now() + SETTLING, |progress| progress.stop);
                }
                write(files, trigger, take(Instant::now() + PATIENCE));
                silent_until = Instant::now().checked_add(files.pause);
                self.progress().attempts += 1;
                self.changed.notify_all();
            }
            if stops {
                break;
            }
            thread::park();
        }
        self.progress().ended = true;
        self.changed.notify_all();
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, deadline: Instant, until: impl Fn(&Progress) -> bool) {
        let mut progress = self.progress();
        while !until(&progress) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.changed.wait_timeout(progress, left);
            progress = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

fn write(files: &SnapshotFiles, trigger: SnapshotTrigger, snapshot: Option<Snapshot>) {
    let Some(snapshot) = snapshot else {
        return warn("no snapshot was written: the collector did not answer in time");
    };
    let unix_time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let path = files.path(trigger, unix_time);
    let saved = fs::create_dir_all(&files.dir).and_then(|()| snapshot.save(&path));
    let name = trigger.name();
    match saved {
        Ok(()) => warn(format!(
            "wrote a snapshot of {} spans to {} ({name})",
            snapshot.len(),
            path.display()
        )),
        Err(error) => {
            warn(format!("cannot write the snapshot {} ({name}): {error}", path.display()));
        }
    }
    for outdated in files.outdated() {
        remove(&outdated);
    }
}

fn remove(path: &PathBuf) {
    // Another process may have removed it.
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        warn(format!("cannot remove the old snapshot {}: {error}", path.display()));
    }
}

/// Raises the alarm at each panic from now on, while the writer exists.
fn watch_panics(writer: &Arc<Shared>) {
    static HOOK: Once = Once::new();
    *AT_PANIC.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(writer);
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            previous(info);
            // A panic must not wait for a lock.
            let Some(writer) = AT_PANIC.try_lock().ok().and_then(|writer| writer.upgrade()) else {
                return;
            };
            let before = writer.progress.try_lock().map_or(u64::MAX, |progress| progress.attempts);
            writer.alarm.raise(SnapshotTrigger::Panic);
            if cfg!(panic = "abort") {
                let deadline = Instant::now() + LAST_WORDS;
                writer.wait(deadline, |progress| progress.attempts > before || progress.ended);
            }
        }));
    });
}

/// Raises the alarm at each SIGUSR1, on a thread that waits for it.
#[cfg(all(unix, feature = "signals"))]
fn watch_signals(alarm: &Arc<Alarm>) -> io::Result<Option<signal_hook::iterator::Handle>> {
    if !alarm.is_for(SnapshotTrigger::Signal) {
        return Ok(None);
    }
    let raised = Arc::clone(alarm);
    let raise = move || raised.raise(SnapshotTrigger::Signal);
    signals::at_each(signal_hook::consts::SIGUSR1, "trace-signals", raise).map(Some)
}
