//! Prometheus from Debian's package, unpacked into the target folder: nothing is installed.

use crate::{Outcome, succeed, target};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

pub(crate) struct Tools {
    pub(crate) prometheus: PathBuf,
    pub(crate) promtool: PathBuf,
}

/// `None` where there are no packages of Debian's.
pub(crate) fn tools() -> Outcome<Option<Tools>> {
    let folder = target("prometheus");
    let unpacked = folder.join("package");
    let tools = Tools {
        prometheus: unpacked.join("usr/bin/prometheus"),
        promtool: unpacked.join("usr/bin/promtool"),
    };
    if tools.prometheus.exists() && tools.promtool.exists() {
        return Ok(Some(tools));
    }
    if !exists("apt-get") || !exists("dpkg-deb") {
        return Ok(None);
    }
    let downloads = folder.join("download");
    let _ = fs::remove_dir_all(&downloads);
    fs::create_dir_all(&downloads)?;
    // Its sandbox's user may not write here, and apt-get complains and goes on.
    let download = ["-qq", "-o", "APT::Sandbox::User=root", "download", "prometheus"];
    succeed(Command::new("apt-get").current_dir(&downloads).args(download))
        .map_err(|error| format!("{error}; `apt-get update` may have to run first"))?;
    let package = fs::read_dir(&downloads)?.next().ok_or("apt-get has downloaded nothing")??;
    succeed(Command::new("dpkg-deb").arg("-x").arg(package.path()).arg(&unpacked))?;
    fs::remove_dir_all(&downloads)?;
    Ok(Some(tools))
}

/// Whether a program can be started.
pub(super) fn exists(program: &str) -> bool {
    let quiet = || Stdio::null();
    Command::new(program).arg("--version").stdout(quiet()).stderr(quiet()).status().is_ok()
}
