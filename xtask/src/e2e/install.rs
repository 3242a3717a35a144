//! The parts that are not ours: Prometheus from Debian, the rest from PyPI, all in the target folder.

use crate::Outcome;
use crate::support::debian::{self, Tools};
use crate::support::python::{self, Missing, Python};

/// `rotel`: a Collector, written in Rust by others. `opentelemetry-proto`: the protocol's own Python classes.
const PACKAGES: [&str; 3] = ["rotel==0.0.1a15", "opentelemetry-proto==1.45.2", "grpcio==1.85.1"];

pub(crate) struct Parts {
    pub(crate) prometheus: Tools,
    pub(crate) python: Python,
}

/// All of them; or what is missing to get them.
pub(crate) fn parts() -> Outcome<Result<Parts, String>> {
    let Some(prometheus) = debian::tools()? else {
        let missing = "Prometheus comes from Debian's package, and here is no apt-get or dpkg-deb";
        return Ok(Err(missing.to_owned()));
    };
    Ok(match python()? {
        Ok(python) => Ok(Parts { prometheus, python }),
        Err(missing) => Err(format!("Collector and decoder come from PyPI, and {missing}")),
    })
}

/// A Python with the Collector and the decoder.
pub(crate) fn python() -> Outcome<Result<Python, Missing>> {
    python::python("e2e", &PACKAGES)
}
