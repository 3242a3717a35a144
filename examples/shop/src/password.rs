//! Hashes passwords with argon2id.
//!
//! One attempt takes about a millisecond and one MiB, so that a laptop can be put under load with
//! logins in it. A shop on the internet takes what
//! [OWASP](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html) asks
//! for: 19 MiB and two rounds at least. The parameters stand in each hash, so they can be raised
//! without harm to the hashes that are there.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::LazyLock;
use trace_runtime::{in_current_span, trace};

const MEMORY_KIB: u32 = 1_024;
const ROUNDS: u32 = 1;

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, ROUNDS, 1, None).expect("these are within the limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Hashes a password with a new salt.
pub(crate) fn hash(password: &str) -> String {
    argon2().hash_password(password.as_bytes()).expect("there is a salt").to_string()
}

/// Verifies a password, off the threads that serve requests. Without a hash, for unknown users, it
/// takes the same time, so that callers cannot learn which names exist.
pub(crate) async fn is_right(password: String, hash: Option<String>) -> bool {
    let check = in_current_span(move || verify(&password, hash.as_deref()));
    tokio::task::spawn_blocking(check).await.unwrap_or(false)
}

#[trace("verify password")]
fn verify(password: &str, hash: Option<&str>) -> bool {
    static DUMMY: LazyLock<String> = LazyLock::new(|| self::hash("dummy"));
    let is_known = hash.is_some();
    let hash = PasswordHash::new(hash.unwrap_or(&DUMMY));
    let is_right =
        |hash: PasswordHash| argon2().verify_password(password.as_bytes(), &hash).is_ok();
    hash.is_ok_and(is_right) && is_known
}

#[cfg(test)]
mod tests {
    use super::*;
    use trace_testkit::Capture;

    #[trace_testkit::test]
    async fn a_password_is_checked_on_another_thread_and_recorded_nowhere(t: Capture) {
        let hash = hash("secret-1");
        assert!(is_right("secret-1".to_owned(), Some(hash.clone())).await);
        assert!(!is_right("secret-2".to_owned(), Some(hash)).await);
        assert!(!is_right("dummy".to_owned(), None).await);
        t.span("verify password").attribute_count(0).count(3);
    }
}
