//! Detects the instance of the service
//! ([conventions](https://opentelemetry.io/docs/specs/semconv/resource/service/)).

use crate::recorder::fork;
use crate::resource::system::System;
use opentelemetry::KeyValue;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

pub(crate) const VARIABLES: &[&str] = &[];

/// The id of this process, once it was asked for.
static INSTANCE: Mutex<Option<String>> = Mutex::new(None);

/// Makes forks wait until no other thread creates the id; a child process has another one.
pub(crate) fn keep_over_forks() {
    fork::keep(&INSTANCE, |instance| *instance = None);
}

pub(crate) fn detect(_: &System) -> Vec<KeyValue> {
    let mut instance = INSTANCE.lock().unwrap_or_else(PoisonError::into_inner);
    let id = instance.get_or_insert_with(|| uuid(random()));
    vec![KeyValue::new("service.instance.id", id.clone())]
}

/// Returns random bits: hashed with keys from the system's random numbers. A child process may have its
/// parent's keys, so process and time are hashed too.
fn random() -> u128 {
    let word = |half: u8| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u128::from(RandomState::new().hash_one((half, std::process::id(), now)))
    };
    word(0) << 64 | word(1)
}

/// Formats random bits as a UUID of version 4
/// ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-4)).
fn uuid(random: u128) -> String {
    let bits = random & !(0xf << 76) & !(0b11 << 62) | 4 << 76 | 0b10 << 62;
    let digits = format!("{bits:032x}");
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Detector;
    use crate::resource::testing::detected;

    #[test]
    fn a_uuid_names_its_version_and_variant() {
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_ne!(random(), random());
    }

    #[test]
    fn the_instance_stays_the_same() {
        let found = || detected(Detector::Service, &[], &[])["service.instance.id"].clone();
        let id = found();
        assert_eq!((id.len(), &id[14..15]), (36, "4"), "{id}");
        assert_eq!(found(), id);
    }
}
