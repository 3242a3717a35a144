//! Packages of PyPI in a folder of the target folder: no environment is touched.

use super::debian::exists;
use crate::{Outcome, succeed, target};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A Python that finds the packages.
pub(crate) struct Python {
    packages: PathBuf,
}

/// Installs packages, each `name==version`, unless just these are there; `None` where there is no pip.
pub(crate) fn python(name: &str, packages: &[&str]) -> Outcome<Option<Python>> {
    let folder = target("python").join(name);
    let note = folder.join("installed");
    let wanted = packages.join("\n");
    if fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
        return Ok(Some(Python { packages: folder }));
    }
    let has_pip = || {
        let pip = Command::new("python3").args(["-m", "pip", "--version"]).output();
        pip.is_ok_and(|output| output.status.success())
    };
    if !exists("python3") || !has_pip() {
        return Ok(None);
    }
    let _ = fs::remove_dir_all(&folder);
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"];
    let mut install = Command::new("python3");
    // What is said of other packages on the machine is not about this folder.
    install.args(pip).args(["--root-user-action=ignore", "--only-binary=:all:", "--target"]);
    succeed(install.arg(&folder).args(packages))?;
    fs::write(&note, wanted)?;
    Ok(Some(Python { packages: folder }))
}

impl Python {
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new("python3");
        // What it compiles stays out of the workspace.
        command.env("PYTHONPATH", &self.packages).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("PYTHONUNBUFFERED", "1");
        command
    }

    /// A file of the packages.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.packages.join(path)
    }
}
