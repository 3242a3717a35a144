//! Installs the providers that route metrics and logs of the process to its captures.

use super::here::{self, Find};

/// Installs them once; `find` returns the captures that see what happens on a thread.
pub(crate) fn install(find: Find) {
    here::set(find);
    #[cfg(feature = "metrics")]
    super::routed::install();
    #[cfg(feature = "logs")]
    super::loggers::install();
}
