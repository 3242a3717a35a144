//! Programs that run beside this one. Each leads a new process group, and the group ends when its
//! value is dropped, and so when anything fails; it also ends when this program is killed.

use crate::Outcome;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Between two looks at something that is waited for.
const LOOK: Duration = Duration::from_millis(20);

pub(crate) struct Running {
    name: String,
    child: Child,
    /// Reads an input that stays empty: its input ends with this program, and then it ends the group.
    guard: Child,
}

/// Where the two outputs of a program go.
pub(crate) struct Output {
    pub(crate) stdout: PathBuf,
    pub(crate) stderr: PathBuf,
}

impl Output {
    /// `NAME.out` and `NAME.log` in a folder.
    pub(crate) fn of(folder: &Path, name: &str) -> Self {
        let file = |kind| folder.join(format!("{name}.{kind}"));
        Self { stdout: file("out"), stderr: file("log") }
    }
}

impl Running {
    pub(crate) fn start(name: &str, command: &mut Command, output: &Output) -> Outcome<Self> {
        // Open for as long as the value lives: some programs end with their input.
        command.stdin(Stdio::piped());
        command.stdout(File::create(&output.stdout)?).stderr(File::create(&output.stderr)?);
        let child = command.process_group(0).spawn();
        let mut child = child.map_err(|error| format!("{name} cannot be started: {error}"))?;
        let guard = Command::new("sh")
            .args(["-c", "cat; kill -s KILL -- \"-$0\"", &child.id().to_string()])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .inspect_err(|_| end(&mut child))?;
        Ok(Self { name: name.to_owned(), child, guard })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once and gives it no time for anything.
    pub(crate) fn kill(self) {
        drop(self);
    }

    /// Asks it to end, and waits for that.
    pub(crate) fn terminate(mut self, patience: Duration) -> Outcome<ExitStatus> {
        kill_process(pid(&self.child), Signal::TERM)?;
        self.wait(patience)
    }

    /// Waits until it ends.
    pub(crate) fn wait(&mut self, patience: Duration) -> Outcome<ExitStatus> {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            sleep(LOOK);
        }
        Err(format!("{} does not end within {patience:?}", self.name).into())
    }

    /// Waits until something is found that the program brings about, while it runs.
    pub(crate) fn wait_for<T>(
        &mut self,
        what: &str,
        patience: Duration,
        mut find: impl FnMut() -> Outcome<Option<T>>,
    ) -> Outcome<T> {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if let Some(found) = find()? {
                return Ok(found);
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("{} ended with {status} before {what}", self.name).into());
            }
            sleep(LOOK);
        }
        Err(format!("{}: no {what} within {patience:?}", self.name).into())
    }

    /// The same, found in a line of a file that it writes.
    pub(crate) fn wait_for_line<T>(
        &mut self,
        what: &str,
        patience: Duration,
        file: &Path,
        find: impl Fn(&str) -> Option<T>,
    ) -> Outcome<T> {
        let found = self.wait_for(what, patience, || {
            let text = fs::read_to_string(file)?;
            // The last line may be there in part only.
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            Ok(whole.lines().find_map(&find))
        });
        found.map_err(|error| format!("{error}; see {}", file.display()).into())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // First the guard: once the child is reaped, another process may get its number.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
        end(&mut self.child);
    }
}

fn end(child: &mut Child) {
    // Fails when all of the group have ended already.
    let _ = kill_process_group(pid(child), Signal::KILL);
    let _ = child.kill();
    let _ = child.wait();
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}
