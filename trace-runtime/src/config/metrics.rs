//! What a program says about its metrics.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{Instrument, MeterProviderBuilder, SdkMeterProvider, Stream};

/// Readers and views, until the provider is made of them.
#[derive(Default)]
pub(super) struct MetricConfig {
    provider: MeterProviderBuilder,
    has_readers: bool,
    is_off: bool,
}

impl MetricConfig {
    pub(super) fn add_reader(&mut self, reader: impl MetricReader) {
        self.provider = std::mem::take(&mut self.provider).with_reader(reader);
        self.has_readers = true;
    }

    pub(super) fn add_view(
        &mut self,
        view: impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static,
    ) {
        self.provider = std::mem::take(&mut self.provider).with_view(view);
    }

    pub(super) fn turn_off(&mut self) {
        self.is_off = true;
    }

    /// The provider; `None` when nobody reads.
    pub(super) fn provider(self, resource: &Resource) -> Option<SdkMeterProvider> {
        let is_wanted = self.has_readers && !self.is_off;
        is_wanted.then(|| self.provider.with_resource(resource.clone()).build())
    }
}
