//! What a program says about its metrics.

use super::error::InitError;
use crate::metrics::Link;
#[cfg(feature = "prometheus")]
use crate::metrics::{Prometheus, PrometheusSettings, start_prometheus};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{Instrument, MeterProviderBuilder, SdkMeterProvider, Stream};

/// Readers and views, until the provider is made of them.
#[derive(Default)]
pub(super) struct MetricConfig {
    provider: MeterProviderBuilder,
    has_readers: bool,
    is_off: bool,
    #[cfg(feature = "prometheus")]
    prometheus: Option<PrometheusSettings>,
}

/// What is made of it.
pub(super) struct Made {
    pub(super) provider: SdkMeterProvider,
    /// To be connected when the pipeline runs.
    pub(super) link: Link,
    #[cfg(feature = "prometheus")]
    pub(super) prometheus: Option<Prometheus>,
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

    #[cfg(feature = "prometheus")]
    pub(super) fn show(&mut self, prometheus: PrometheusSettings) {
        self.prometheus = Some(prometheus);
    }

    pub(super) fn turn_off(&mut self) {
        self.is_off = true;
    }

    /// The provider and its readers; `None` when nobody reads.
    #[cfg_attr(not(feature = "prometheus"), allow(unused_mut, reason = "nothing to add"))]
    pub(super) fn make(mut self, resource: &Resource) -> Result<Option<Made>, InitError> {
        if self.is_off {
            return Ok(None);
        }
        let link = Link::default();
        #[cfg(feature = "prometheus")]
        let mut prometheus = None;
        #[cfg(feature = "prometheus")]
        if let Some(settings) = self.prometheus.take() {
            let (reader, handle) = start_prometheus(&settings, link.clone())?;
            self.add_reader(reader);
            prometheus = Some(handle);
        }
        Ok(self.has_readers.then(|| Made {
            provider: self.provider.with_resource(resource.clone()).build(),
            link,
            #[cfg(feature = "prometheus")]
            prometheus,
        }))
    }
}
