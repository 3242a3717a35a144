//! Measures the process, the async runtime, the health of telemetry, and the build.
//!
//! | file | what it holds |
//! |---|---|
//! | `observe.rs` | gauges by callback, guarded |
//! | `health.rs` | what becomes of spans and metrics |
//! | `exporters.rs` | what becomes of spans and logs on their way out |
//! | `process.rs` | processor time, memory, threads, files |
//! | `tokio.rs` | the workers and tasks of a tokio runtime |
//! | `build.rs` | which build this is |

mod build;
mod exporters;
mod health;
mod observe;
#[cfg(all(feature = "process", target_os = "linux"))]
mod process;
#[cfg(feature = "tokio")]
mod tokio;

pub use observe::{observe, observe_each};

use super::link::Link;
pub(crate) use build::Build;
use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::MeterProvider;

/// Has forks wait until no other thread is in the middle of what outlives pipelines.
pub(super) fn keep_over_forks() {
    observe::keep_over_forks();
}

/// Registers everything in a pipeline that begins; `own`: with what the program did not ask for.
pub(crate) fn begin(provider: &dyn MeterProvider, link: &Link, build: Build, own: bool) {
    let scope = InstrumentationScope::builder("trace-runtime");
    let meter = provider.meter_with_scope(scope.with_version(env!("CARGO_PKG_VERSION")).build());
    observe::begin(&meter);
    build.register(&meter);
    if !own {
        return;
    }
    health::begin(&meter, link);
    exporters::begin(&meter, link);
    #[cfg(all(feature = "process", target_os = "linux"))]
    process::begin(&meter);
    #[cfg(feature = "tokio")]
    tokio::begin(&meter);
}
