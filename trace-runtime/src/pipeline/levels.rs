//! Changes levels while the pipeline runs.

use super::control::ControlError;
use super::running::Running;
use crate::level::Level;
use std::fmt;
use std::sync::{Arc, Weak};

/// Changes which levels are on while the program runs. Cheap to clone; it does not keep the pipeline
/// running.
///
/// ```no_run
/// use trace_runtime::{Level, Telemetry};
///
/// let telemetry = Telemetry::builder().install()?;
/// let levels = telemetry.levels();
/// levels.set_module("shop::db", Level::Debug)?;
/// // … a while later …
/// levels.unset_module("shop::db")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct LevelHandle {
    running: Weak<Running>,
}

impl LevelHandle {
    pub(super) fn new(running: Option<&Arc<Running>>) -> Self {
        Self { running: running.map_or_else(Weak::new, Arc::downgrade) }
    }

    /// Sets the most verbose level that is on where no module has its own.
    ///
    /// # Errors
    /// When the pipeline has ended.
    pub fn set(&self, level: Level) -> Result<(), ControlError> {
        self.running()?.control.change_sites(|rules| rules.level = level);
        Ok(())
    }

    /// Sets the most verbose level that is on in a module and in what it contains. The longest path decides.
    ///
    /// # Errors
    /// When the pipeline has ended.
    pub fn set_module(&self, path: &str, level: Level) -> Result<(), ControlError> {
        self.running()?.control.change_sites(|rules| rules.set_module(path, level));
        Ok(())
    }

    /// Lets a module follow those around it again.
    ///
    /// # Errors
    /// When the pipeline has ended.
    pub fn unset_module(&self, path: &str) -> Result<(), ControlError> {
        self.running()?
            .control
            .change_sites(|rules| rules.modules.retain(|(known, _)| known != path));
        Ok(())
    }

    /// Returns the most verbose level that is on in a module, such as `shop::db`, for all requests.
    ///
    /// # Errors
    /// When the pipeline has ended.
    pub fn of_module(&self, path: &str) -> Result<Level, ControlError> {
        Ok(self.running()?.control.lock().sites.level_in(path))
    }

    fn running(&self) -> Result<Arc<Running>, ControlError> {
        self.running.upgrade().filter(|running| !running.has_stopped()).ok_or(ControlError::Ended)
    }
}

impl fmt::Debug for LevelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LevelHandle").finish_non_exhaustive()
    }
}
