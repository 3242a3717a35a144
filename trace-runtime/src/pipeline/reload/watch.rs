//! Notices that a file has changed.

use super::ConfigHandle;
use crate::config::file::Source;
use crate::pipeline::builder::Lookup;
use crate::pipeline::in_force::ReloadSettings;
use crate::pipeline::running::Running;
#[cfg(all(unix, feature = "signals"))]
use crate::pipeline::signals;
use crate::recorder::suppress_this_thread;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

/// Starts the threads that read the file again, where they are wanted.
pub(in crate::pipeline) fn start(
    settings: &ReloadSettings,
    running: &Arc<Running>,
    lookup: Lookup,
) -> io::Result<()> {
    let Some(file) = &running.file else { return Ok(()) };
    let Source::File(path) = &file.source else { return Ok(()) };
    let handle = ConfigHandle { running: Arc::downgrade(running), lookup };
    if let Some(interval) = settings.interval {
        let (handle, path) = (handle.clone(), path.clone());
        let thread = thread::Builder::new().name("trace-config".to_owned());
        thread.spawn(move || watch(&handle, &path, interval))?;
    }
    #[cfg(all(unix, feature = "signals"))]
    if settings.at_hangup {
        let reload = move || _ = handle.reload();
        file.keep(signals::at_each(signal_hook::consts::SIGHUP, "trace-hangup", reload)?);
    }
    Ok(())
}

/// Puts the file in force when it has changed, until the pipeline ends.
fn watch(handle: &ConfigHandle, path: &Path, interval: Duration) {
    /// More often would only occupy the processor.
    const LEAST: Duration = Duration::from_millis(10);
    suppress_this_thread();
    // Is read once more after the start: it may have changed since the installation.
    let mut seen = None;
    let mut changed = None;
    loop {
        thread::sleep(interval.max(LEAST));
        if handle.running().is_err() {
            break;
        }
        // A file that is being replaced may not be there for a moment.
        let Some(stamp) = Stamp::of(path) else { continue };
        if Some(&stamp) == seen.as_ref() {
            changed = None;
        } else if changed.as_ref() == Some(&stamp) {
            let _ = handle.reload();
            (seen, changed) = (Some(stamp), None);
        } else {
            changed = Some(stamp);
        }
    }
}

/// What changes when a file is written or replaced.
#[derive(PartialEq)]
struct Stamp {
    file: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    identity: (u64, u64),
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        // Links of Kubernetes lead to another folder with each change.
        let file = path.canonicalize().ok()?;
        let metadata = file.metadata().ok()?;
        Some(Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            identity: {
                use std::os::unix::fs::MetadataExt;
                (metadata.dev(), metadata.ino())
            },
            file,
        })
    }
}
