//! Leaves work to a process in the background, which continues the trace of the command.

use crate::error::Result;
use crate::settings::session;
use std::env;
use std::process::{Command, Stdio};
use trace_runtime::propagation::{self, CommandInjector, EnvExtractor};
use trace_runtime::span::ContextGuard;
use tracing::debug;

/// The variable that names what the process in the background enriches.
const ENRICH: &str = "TODO_BACKGROUND_ENRICH";

/// Starts a process that enriches something: this program, with the same flags.
pub(crate) fn enrich(id: i64) -> Result<()> {
    let mut command = Command::new(env::current_exe()?);
    command.args(env::args_os().skip(1)).env(ENRICH, id.to_string()).env("TODO_SESSION", session());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        // Ctrl-C in the terminal is not for it.
        command.process_group(0);
    }
    propagation::inject(&mut CommandInjector(&mut command));
    let child = command.spawn()?;
    debug!(todo.id = id, process.pid = child.id(), "enriching in the background");
    Ok(())
}

/// Returns what this process enriches, if it is one in the background.
pub(crate) fn task() -> Option<i64> {
    env::var(ENRICH).ok()?.parse().ok()
}

/// Continues the trace of the command that has started this process, if it is one in the background. Other commands
/// begin separate traces, whatever the environment contains.
pub(crate) fn parent() -> Option<ContextGuard> {
    task().map(|_| propagation::extract(&EnvExtractor::new()).attach())
}
