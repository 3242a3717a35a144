//! Encodes requests as JSON, as the exporters of JSON lines encode their lines
//! ([encoding](https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding)).

use super::encode::Encode;
use crate::error::InitError;
#[cfg(feature = "logs")]
use crate::export::EmittedLog;
use crate::export::FinishedSpan;
use crate::export::json::encode;
#[cfg(feature = "metrics")]
use crate::export::points::count_points;
use crate::export::room::Room;
use opentelemetry_sdk::Resource;
#[cfg(feature = "metrics")]
use opentelemetry_sdk::metrics::data::ResourceMetrics;

/// An encoder of requests of any signal.
pub(super) struct JsonEncoder {
    resource: Resource,
    request: String,
    /// The maximum number of points in a request of metrics.
    #[cfg(feature = "metrics")]
    max_points: usize,
}

impl JsonEncoder {
    #[allow(
        clippy::unnecessary_wraps,
        reason = "a build without the feature `json` has no encoder"
    )]
    pub(super) fn new() -> Result<Self, InitError> {
        Ok(Self {
            resource: Resource::builder_empty().build(),
            request: String::new(),
            #[cfg(feature = "metrics")]
            max_points: usize::MAX,
        })
    }

    /// Sets the maximum number of points in a request of metrics.
    #[cfg(feature = "metrics")]
    pub(super) fn set_max_points(&mut self, points: usize) {
        self.max_points = points;
    }

    fn write(
        &mut self,
        mut room: Room,
        encode: impl FnOnce(&mut String, &Resource, &mut Room),
    ) -> (usize, &[u8]) {
        self.request.clear();
        encode(&mut self.request, &self.resource, &mut room);
        (room.taken(), self.request.as_bytes())
    }
}

impl Encode<[FinishedSpan<'_>]> for JsonEncoder {
    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.clone();
    }

    fn begin(&mut self, batch: &[FinishedSpan<'_>]) -> usize {
        batch.len()
    }

    fn encode_part(
        &mut self,
        batch: &[FinishedSpan<'_>],
        from: usize,
        limit: usize,
    ) -> (usize, &[u8]) {
        let room = Room::after(from, limit);
        self.write(room, |out, resource, room| encode::traces(out, resource, batch, room))
    }
}

#[cfg(feature = "logs")]
impl Encode<[&EmittedLog]> for JsonEncoder {
    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.clone();
    }

    fn begin(&mut self, batch: &[&EmittedLog]) -> usize {
        batch.len()
    }

    fn encode_part(&mut self, batch: &[&EmittedLog], from: usize, limit: usize) -> (usize, &[u8]) {
        let room = Room::after(from, limit);
        self.write(room, |out, resource, room| encode::logs(out, resource, batch, room))
    }
}

#[cfg(feature = "metrics")]
impl Encode<ResourceMetrics> for JsonEncoder {
    fn begin(&mut self, metrics: &ResourceMetrics) -> usize {
        count_points(metrics)
    }

    fn encode_part(
        &mut self,
        metrics: &ResourceMetrics,
        from: usize,
        limit: usize,
    ) -> (usize, &[u8]) {
        let room = Room::after(from, limit).with_most(self.max_points);
        self.write(room, |out, _, room| encode::metrics(out, metrics, room))
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
