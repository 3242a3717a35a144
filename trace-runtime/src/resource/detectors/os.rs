//! Detects the operating system ([conventions](https://opentelemetry.io/docs/specs/semconv/resource/os/)).

use super::known;
use crate::resource::system::System;
use opentelemetry::KeyValue;
use std::env::consts::OS;

pub(crate) const VARIABLES: &[&str] = &[];

/// The files that describe a distribution ([os-release](https://www.freedesktop.org/software/systemd/man/os-release.html)).
const FILES: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];

pub(crate) fn detect(system: &System) -> Vec<KeyValue> {
    let release = FILES.iter().find_map(|path| system.file(path)).unwrap_or_default();
    known([
        ("os.type", Some(os_type(OS).to_owned())),
        ("os.name", assigned(&release, "NAME")),
        ("os.version", assigned(&release, "VERSION_ID")),
        ("os.description", assigned(&release, "PRETTY_NAME")),
    ])
    .collect()
}

/// Returns the conventions' name of an operating system.
fn os_type(name: &str) -> &str {
    match name {
        "macos" | "ios" | "tvos" | "watchos" | "visionos" => "darwin",
        "dragonfly" => "dragonflybsd",
        other => other,
    }
}

/// Returns the value of a shell variable: bare, or within quotes of either kind, in which a backslash quotes
/// the next character.
fn assigned(text: &str, name: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='))?;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let Some(quote) = quote else {
        return (!value.is_empty()).then(|| value.to_owned());
    };
    let mut unquoted = String::new();
    let mut rest = value[1..].chars();
    while let Some(c) = rest.next().filter(|c| *c != quote) {
        unquoted.extend(if c == '\\' { rest.next() } else { Some(c) });
    }
    (!unquoted.is_empty()).then_some(unquoted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Detector;
    use crate::resource::testing::{attributes, detected};

    #[test]
    fn a_distribution_describes_itself() {
        let text =
            "PRETTY_NAME=\"Shop \\\"Linux\\\" 12\"\nNAME='Shop Linux'\nVERSION_ID=12\n# NAME=x\n";
        let expected = [
            ("os.type", os_type(OS)),
            ("os.name", "Shop Linux"),
            ("os.version", "12"),
            ("os.description", "Shop \"Linux\" 12"),
        ];
        for path in FILES {
            assert_eq!(detected(Detector::Os, &[(path, text)], &[]), attributes(&expected));
        }
    }

    #[test]
    fn a_system_without_description_has_its_type() {
        let expected = attributes(&[("os.type", os_type(OS))]);
        assert_eq!(detected(Detector::Os, &[], &[]), expected);
        let broken = [("/etc/os-release", "NAME=\nVERSION_ID=\"\nPRETTY_NAME")];
        assert_eq!(detected(Detector::Os, &broken, &[]), expected);
        assert_eq!(["macos", "linux", "windows"].map(os_type), ["darwin", "linux", "windows"]);
    }
}
