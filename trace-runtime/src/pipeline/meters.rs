//! The meter provider of a pipeline: flushed and ended without its readers' patience.

use crate::deadline::Begun;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::SdkMeterProvider;

/// The provider of a running pipeline.
pub(crate) struct Meters {
    provider: SdkMeterProvider,
}

impl Meters {
    pub(crate) fn new(provider: SdkMeterProvider) -> Self {
        Self { provider }
    }

    /// Has all readers deliver what was measured so far.
    pub(crate) fn begin_flush(&self) -> Begun {
        self.begin(SdkMeterProvider::force_flush)
    }

    /// Has all readers deliver what is left, and end.
    pub(crate) fn begin_shutdown(&self) -> Begun {
        self.begin(SdkMeterProvider::shutdown)
    }

    /// The SDK's calls know no deadline: a reader may take as long as its exporter does.
    fn begin(&self, call: fn(&SdkMeterProvider) -> OTelSdkResult) -> Begun {
        let provider = self.provider.clone();
        Begun::new("trace-metrics-flush", move || {
            // Readers report their own failures; callers only need to know that they have tried.
            let _ = call(&provider);
        })
    }
}
