//! Lists the locks that are held across forks: those of all statics that a child process needs for its own
//! telemetry (see `recorder/fork.rs`).

use super::registry;
use crate::recorder::fork;
use crate::{
    captures, collector, diagnostics, instruments, interop, otel, request, resource, sampler, site,
    site_rules, spans, state,
};

/// Watches forks from now on.
pub(crate) fn watch() {
    // First, because it takes longest.
    collector::keep_over_forks();
    registry::keep_over_forks();
    captures::keep_over_forks();
    #[cfg(feature = "metrics")]
    crate::metrics::keep_over_forks();
    #[cfg(feature = "metrics")]
    crate::export::operations::keep_over_forks();
    crate::export::gates::keep_over_forks();
    spans::keep_over_forks();
    interop::keep_over_forks();
    site::keep_over_forks();
    instruments::keep_over_forks();
    otel::keep_over_forks();
    sampler::keep_over_forks();
    crate::sampling::keep_over_forks();
    request::keep_over_forks();
    site_rules::keep_over_forks();
    state::keep_over_forks();
    resource::keep_over_forks();
    diagnostics::keep_over_forks();
    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    crate::export::keep_over_forks();
    fork::watch();
}
