//! Leads what the process measures and logs to its captures.

use super::here::{self, Find};

/// Installs the providers and taps of the whole process, once; `find` names the captures that see
/// what happens on a thread.
pub(crate) fn install(find: Find) {
    here::set(find);
    #[cfg(feature = "metrics")]
    super::routed::install();
    #[cfg(feature = "logs")]
    super::loggers::install();
}
