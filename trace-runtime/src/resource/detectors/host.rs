//! Detects the host ([conventions](https://opentelemetry.io/docs/specs/semconv/resource/host/)).

use super::known;
use crate::resource::system::System;
use opentelemetry::KeyValue;
use std::env::consts::ARCH;

/// Systems without a file that names the host put its name into a variable.
pub(crate) const VARIABLES: &[&str] = &["COMPUTERNAME", "HOSTNAME"];

pub(crate) fn detect(system: &System) -> Vec<KeyValue> {
    let name = system
        .line("/proc/sys/kernel/hostname")
        .or_else(|| system.first(VARIABLES).map(str::to_owned));
    known([("host.name", name), ("host.arch", Some(arch(ARCH).to_owned()))]).collect()
}

/// Returns the conventions' name of an architecture.
fn arch(name: &str) -> &str {
    match name {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Detector;
    use crate::resource::testing::detected;

    #[test]
    fn a_host_has_a_name_and_an_architecture() {
        let files = [("/proc/sys/kernel/hostname", "web-1\n")];
        let found = detected(Detector::Host, &files, &[("HOSTNAME", "other")]);
        assert_eq!(found["host.name"], "web-1");
        assert_eq!(found["host.arch"], arch(ARCH));
        let found = detected(Detector::Host, &[], &[("HOSTNAME", "web-2")]);
        assert_eq!(found["host.name"], "web-2");
        assert!(!detected(Detector::Host, &[], &[]).contains_key("host.name"));
    }

    #[test]
    fn architectures_have_the_names_of_the_conventions() {
        let names = ["x86_64", "aarch64", "arm", "x86", "s390x", "riscv64"].map(arch);
        assert_eq!(names, ["amd64", "arm64", "arm32", "x86", "s390x", "riscv64"]);
    }
}
