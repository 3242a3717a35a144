//! Which locks are held over forks: those of all statics that a child process needs to have telemetry of
//! its own (see `recorder/fork.rs`).

use crate::recorder::fork;
use crate::{collector, instruments, interop, notice, sampler, scope, site, span, state, testing};

/// Hears of forks from now on.
pub(crate) fn watch() {
    // First, because it is what takes longest.
    collector::keep_over_forks();
    testing::pipeline::keep_over_forks();
    scope::keep_over_forks();
    #[cfg(feature = "metrics")]
    crate::metrics::keep_over_forks();
    span::keep_over_forks();
    interop::keep_over_forks();
    site::keep_over_forks();
    instruments::keep_over_forks();
    sampler::keep_over_forks();
    state::keep_over_forks();
    notice::keep_over_forks();
    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    crate::export::keep_over_forks();
    fork::watch();
}

/// What was made in this process; a child inherits a copy of it, whose threads it does not have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin(u32);

impl Origin {
    /// This process.
    pub(crate) fn here() -> Self {
        Self(fork::count())
    }

    /// Whether it is of this process.
    pub(crate) fn is_here(self) -> bool {
        self.0 == fork::count()
    }
}
