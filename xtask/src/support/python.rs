//! Packages of PyPI in a folder of the target folder: no environment is touched.

use super::debian::exists;
use crate::{Outcome, target};
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A Python that finds the packages.
pub(crate) struct Python {
    packages: PathBuf,
}

/// Why packages cannot be had on a machine.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Pip,
    /// PyPI has none that runs here.
    Package(String),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pip => f.write_str("here is no python3 with pip"),
            Self::Package(package) => write!(f, "there is no {package} for this platform"),
        }
    }
}

/// Installs packages, each `name==version`, unless just these are there; or returns what is missing.
pub(crate) fn python(name: &str, packages: &[&str]) -> Outcome<Result<Python, Missing>> {
    let folder = target("python").join(name);
    let note = folder.join("installed");
    let wanted = packages.join("\n");
    if fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
        return Ok(Ok(Python { packages: folder }));
    }
    let has_pip = || {
        let pip = Command::new("python3").args(["-m", "pip", "--version"]).output();
        pip.is_ok_and(|output| output.status.success())
    };
    if !exists("python3") || !has_pip() {
        return Ok(Err(Missing::Pip));
    }
    let _ = fs::remove_dir_all(&folder);
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"];
    let mut install = Command::new("python3");
    // Messages about other packages on the machine do not concern this folder.
    install.args(pip).args(["--root-user-action=ignore", "--only-binary=:all:", "--target"]);
    let output = install.arg(&folder).args(packages).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        fs::write(&note, wanted)?;
        return Ok(Ok(Python { packages: folder }));
    }
    match without_wheel(&said) {
        Some(package) => Ok(Err(Missing::Package(package.to_owned()))),
        None => Err(format!("pip has installed nothing: {}", said.trim()).into()),
    }
}

/// The package that pip does not find for this platform. Where there are other versions of it, it is
/// the version that is wrong; where it was not reached, that is not known.
fn without_wheel(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once("satisfies the requirement ")?;
    let (package, versions) = rest.split_once(' ')?;
    let was_reached = !said.contains("after connection broken");
    (was_reached && versions.starts_with("(from versions: none)")).then_some(package)
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

#[cfg(test)]
mod tests {
    use super::without_wheel;

    #[test]
    fn a_package_without_a_wheel_is_told_from_what_else_goes_wrong() {
        let none = "ERROR: Could not find a version that satisfies the requirement rotel==0.0.1a15 (from versions: \
                    none)\nERROR: No matching distribution found for rotel==0.0.1a15\n";
        assert_eq!(without_wheel(none), Some("rotel==0.0.1a15"));
        let unreached = format!(
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError': /simple/rotel/\n{none}"
        );
        assert_eq!(without_wheel(&unreached), None);
        let wrong = "ERROR: Could not find a version that satisfies the requirement rotel==9 (from versions: 0.0.1a1, \
                     0.0.1a15)\nERROR: No matching distribution found for rotel==9\n";
        assert_eq!(without_wheel(wrong), None);
        assert_eq!(without_wheel("ERROR: No space left on device\n"), None);
    }
}
