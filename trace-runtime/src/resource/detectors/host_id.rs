//! Detects the id of the machine
//! ([conventions](https://opentelemetry.io/docs/specs/semconv/resource/host/#collecting-hostid-from-non-containerized-systems)).

use super::known;
use crate::resource::system::System;
use opentelemetry::KeyValue;

pub(crate) const VARIABLES: &[&str] = &[];

const FILES: [&str; 2] = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

pub(crate) fn detect(system: &System) -> Vec<KeyValue> {
    // An image that has not been started yet contains this word.
    let id = FILES.iter().find_map(|path| system.line(path).filter(|id| id != "uninitialized"));
    known([("host.id", id)]).collect()
}

#[cfg(test)]
mod tests {
    use crate::resource::Detector;
    use crate::resource::testing::{attributes, detected};

    #[test]
    fn the_first_file_with_an_id_counts() {
        let id = "0123456789abcdef0123456789abcdef";
        let expected = attributes(&[("host.id", id)]);
        let dbus = ("/var/lib/dbus/machine-id", id);
        for files in [
            &[("/etc/machine-id", id)][..],
            &[("/etc/machine-id", "uninitialized\n"), dbus],
            &[dbus],
        ] {
            assert_eq!(detected(Detector::HostId, files, &[]), expected, "{files:?}");
        }
        assert_eq!(detected(Detector::HostId, &[], &[]), attributes(&[]));
    }
}
