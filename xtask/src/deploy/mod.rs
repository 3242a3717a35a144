//! Checks `deploy/` as far as that goes without a container runtime: its files against the schemas and checkers that
//! there are, and against each other. `cargo xtask e2e` asks a Prometheus the dashboard's questions.
//!
//! | file | what it holds |
//! |---|---|
//! | `rules.rs` | Prometheus' configuration, rules and their tests, by promtool; runbooks |
//! | `compose.rs` | the composition, and the files that it mounts |
//! | `collector.rs` | the Collector's pipelines |
//! | `dashboard.rs` | Grafana's dashboard, its data sources, and every expression in it |

mod collector;
mod compose;
pub(crate) mod dashboard;
mod rules;

use crate::support::debian::{self, Tools};
use crate::support::python::{self, Python};
use crate::support::report::Report;
use crate::{Outcome, root};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The schemas of the Compose Specification and of others; and YAML.
const PACKAGES: [&str; 2] = ["check-jsonschema==0.39.0", "PyYAML==6.0.3"];

pub(crate) fn run() -> Outcome {
    let mut report = Report::default();
    match check(&mut report)? {
        Some(missing) => println!("skipped: {missing}"),
        None => report.finish(["of deploy/", "expected", "found", ""])?,
    }
    Ok(())
}

/// Adds a row for each check; or returns what is missing to run them.
pub(crate) fn check(report: &mut Report) -> Outcome<Option<String>> {
    let Some(tools) = debian::tools()? else {
        let missing = "promtool comes from Debian's package, and here is no apt-get or dpkg-deb";
        return Ok(Some(missing.to_owned()));
    };
    let python = match python::python("deploy", &PACKAGES)? {
        Ok(python) => python,
        Err(missing) => return Ok(Some(format!("schemas come from PyPI, and {missing}"))),
    };
    let files = Files { tools, python };
    rules::check(&files, report)?;
    compose::check(&files, report)?;
    collector::check(&files, report)?;
    dashboard::check(&files, report)?;
    Ok(None)
}

struct Files {
    tools: Tools,
    python: Python,
}

impl Files {
    /// A file of YAML, as the same JSON.
    fn yaml(&self, path: &str) -> Outcome<Value> {
        let load =
            "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
        let output = self.python.command().args(["-c", load]).arg(folder().join(path)).output()?;
        if !output.status.success() {
            return Err(format!("{path}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// Where all of it is.
pub(crate) fn folder() -> PathBuf {
    root().join("deploy")
}

/// The fields of an object.
fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// What is in a list.
fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The texts of a list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    items(value).filter_map(Value::as_str)
}

/// Whether there is such a file, seen from here or from a container's mount.
fn exists(path: &Path) -> bool {
    folder().join(path).exists()
}
