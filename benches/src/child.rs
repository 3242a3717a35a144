//! Runs this program again in a separate process: for one measurement, or as a server, which ends with the value
//! that stands for it.

use std::error::Error;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use std::{process, thread};

use serde::de::DeserializeOwned;

/// Runs this program again with these arguments, and returns what it prints, which is JSON.
pub fn run<T: DeserializeOwned>(arguments: &[impl AsRef<OsStr>]) -> Result<T, Box<dyn Error>> {
    printed(start(arguments)?)
}

/// Like [`run`], but kills it if it takes longer. What it prints has to fit into a pipe.
pub fn run_within<T: DeserializeOwned>(
    arguments: &[impl AsRef<OsStr>],
    patience: Duration,
) -> Result<T, Box<dyn Error>> {
    let mut child = start(arguments)?;
    if let Err(error) = wait(&mut child, patience) {
        end(&mut child);
        return Err(error.into());
    }
    printed(child)
}

fn start(arguments: &[impl AsRef<OsStr>]) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()
}

fn printed<T: DeserializeOwned>(child: Child) -> Result<T, Box<dyn Error>> {
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("it ended with {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Waits until it has ended.
fn wait(child: &mut Child, patience: Duration) -> io::Result<()> {
    let deadline = Instant::now() + patience;
    while child.try_wait()?.is_none() {
        if Instant::now() > deadline {
            return Err(io::Error::other(format!("the child does not end in {patience:?}")));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// A server in a child process; it is killed when this is dropped.
///
/// It prints its address as its first line, and ends when its standard input does, so that it also ends when this
/// process is killed.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Starts this program again with these arguments and, beside its own, these variables.
    pub fn start<'a>(
        arguments: &[impl AsRef<OsStr>],
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .envs(variables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let mut stdout = BufReader::new(stdout.ok_or_else(|| io::Error::other("no output"))?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        match line.trim().parse() {
            Ok(address) => Ok(Self { child, address, stdin, stdout }),
            Err(error) => {
                end(&mut child);
                Err(io::Error::other(format!("the child printed no address: {error}")))
            }
        }
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the body of the answer to a request.
    pub fn get(&self, path: &str) -> io::Result<Vec<u8>> {
        let answer = ureq::get(format!("http://{}{path}", self.address)).call();
        let body = answer.and_then(|mut answer| answer.body_mut().read_to_vec());
        body.map_err(io::Error::other)
    }

    /// Asks it to end, waits for that, and returns what else it has printed, which may not be much.
    pub fn end(mut self, patience: Duration) -> io::Result<String> {
        drop(self.stdin.take());
        wait(&mut self.child, patience)?;
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest)?;
        Ok(rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Ends this process after that long, whatever has become of its parent.
pub fn limit_lifetime(lifetime: Duration) {
    thread::spawn(move || {
        thread::sleep(lifetime);
        process::exit(1);
    });
}

fn end(child: &mut Child) {
    // A child that is gone already is what this wants.
    let _ = child.kill();
    let _ = child.wait();
}
