//! Flushes, ends and observes the meter provider of a pipeline.

use crate::collector::SharedProvider;
use crate::deadline::{Begun, Ending};
use crate::export::Observed;
use crate::export::reader::PushWatch;
use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::SdkMeterProvider;

/// The provider that becomes OpenTelemetry's global one.
pub(super) struct GlobalProvider(pub(super) SharedProvider);

impl MeterProvider for GlobalProvider {
    fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
        self.0.meter_with_scope(scope)
    }
}

/// The meter provider of a running pipeline.
pub(crate) struct Meters {
    provider: SdkMeterProvider,
    pushed: Vec<PushWatch>,
}

impl Meters {
    pub(crate) fn new(provider: SdkMeterProvider, pushed: Vec<PushWatch>) -> Self {
        Self { provider, pushed }
    }

    /// Returns the exporters of metrics as their health is judged.
    pub(crate) fn observe(&self) -> impl Iterator<Item = Observed> {
        self.pushed.iter().filter_map(PushWatch::observe)
    }

    /// Asks all readers to deliver everything measured so far.
    pub(crate) fn begin_flush(&self) -> Begun {
        self.begin(SdkMeterProvider::force_flush)
    }

    /// Asks all readers to deliver the rest, and end.
    pub(crate) fn begin_shutdown(&self, ending: Ending) -> Begun {
        self.pushed.iter().for_each(|reader| reader.connect_by(ending.connected_by));
        self.begin(SdkMeterProvider::shutdown)
    }

    /// Waits until all readers have ended; returns `false` if the deadline passes first, or if those that are left
    /// have no connection in time.
    pub(crate) fn shutdown(&self, begun: &Begun, ending: Ending) -> bool {
        let is_connecting = || {
            let mut running = self.pushed.iter().filter(|reader| reader.is_running()).peekable();
            running.peek().is_some() && running.all(PushWatch::is_connecting)
        };
        ending.wait(|by| begun.wait(by), is_connecting)
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
