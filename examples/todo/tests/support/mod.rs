//! Runs commands, each test in a separate folder.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder with a database, which is removed when it is dropped.
pub(crate) struct Home(PathBuf);

impl Home {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("todo-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Returns a command, with these arguments, that knows nothing of the environment of the test.
    pub(crate) fn todo(&self, arguments: &[&str]) -> Command {
        self.command(env!("CARGO_BIN_EXE_todo"), arguments)
    }

    /// Returns a command likewise, from this copy of the program.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", &self.0)
            .env("TODO_SESSION", "shell-7")
            .env("TODO_STUB_LATENCY_MS", "1");
        command
    }

    /// Runs a command; returns what it writes to stdout and to stderr.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> [String; 2] {
        let output = self.todo(arguments).envs(variables.iter().copied()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        texts(output)
    }

    /// Writes the file of settings.
    pub(crate) fn configure(&self, toml: &str) {
        let folder = self.0.join(".config/todo");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config.toml"), toml).unwrap();
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn texts(output: Output) -> [String; 2] {
    [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap())
}
