//! The meter provider of a pipeline: flushed and ended without its readers' patience.

use crate::recorder::suppress_this_thread;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

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

    /// On a thread of its own, because the SDK's calls know no deadline: a reader may take as long
    /// as its exporter does.
    fn begin(&self, call: fn(&SdkMeterProvider) -> OTelSdkResult) -> Begun {
        let (done, is_done) = channel();
        let provider = self.provider.clone();
        // Without the thread nobody says that it is done.
        let _ =
            std::thread::Builder::new().name("trace-metrics-flush".to_owned()).spawn(move || {
                suppress_this_thread();
                // Readers tell of their own failures; who waits wants to know that they have tried.
                let _ = call(&provider);
                let _ = done.send(());
            });
        Begun(is_done)
    }
}

/// Something that the readers were told to do.
pub(crate) struct Begun(Receiver<()>);

impl Begun {
    /// Whether all of them are done with it by then.
    pub(crate) fn wait(&self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        self.0.recv_timeout(left).is_ok()
    }
}
