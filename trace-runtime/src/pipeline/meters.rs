//! Flushes and shuts down the meter provider of a pipeline within the caller's deadline.

use crate::deadline::Begun;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::SdkMeterProvider;

/// The meter provider of a running pipeline.
pub(crate) struct Meters {
    provider: SdkMeterProvider,
}

impl Meters {
    pub(crate) fn new(provider: SdkMeterProvider) -> Self {
        Self { provider }
    }

    /// Asks all readers to deliver everything measured so far.
    pub(crate) fn begin_flush(&self) -> Begun {
        self.begin(SdkMeterProvider::force_flush)
    }

    /// Asks all readers to deliver the rest, and end.
    pub(crate) fn begin_shutdown(&self) -> Begun {
        self.begin(SdkMeterProvider::shutdown)
    }

    /// Runs `call` on a separate thread: the SDK's calls have no deadline, and a reader may take as long as
    /// its exporter.
    fn begin(&self, call: fn(&SdkMeterProvider) -> OTelSdkResult) -> Begun {
        let provider = self.provider.clone();
        Begun::new("trace-metrics-flush", move || {
            // Readers report their own failures; callers only need to know that they have tried.
            let _ = call(&provider);
        })
    }
}
