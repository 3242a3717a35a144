//! Encodes telemetry as OTLP requests.
//!
//! | file | contents |
//! |---|---|
//! | `spans.rs` | requests of finished spans |
//! | `site.rs` | the data that all spans of a site share, encoded once |
//! | `attributes.rs` | attributes, with encoded keys or without |
//! | `logs/`, `metrics/` | requests of the other signals |
//! | `wire.rs`, `schema.rs` | protobuf's wire format, and the numbers of OTLP's fields |
//!
//! Each encoder writes into one buffer, which it reuses. A batch that is too large for one request
//! is encoded in parts ([`Room`]). Nothing here depends on the transport.

mod attributes;
#[cfg(feature = "logs")]
pub(super) mod logs;
#[cfg(feature = "metrics")]
pub(super) mod metrics;
pub(super) mod schema;
mod site;
mod spans;
#[cfg(test)]
mod tests;
pub(super) mod wire;

pub(super) use spans::SpanEncoder;

use self::attributes::attribute;
use self::schema::resource;
use self::wire::message;
use crate::export::room::Room;
use opentelemetry_sdk::Resource;

/// An encoder that turns batches, or collections of metrics, into requests.
pub(super) trait Encode<B: ?Sized> {
    /// Sets the resource of all batches. Collections of metrics come with theirs.
    fn set_resource(&mut self, resource: &Resource) {
        let _ = resource;
    }

    /// Prepares for a batch; returns the number of its items.
    fn begin(&mut self, batch: &B) -> usize;

    /// Encodes the items from index `from` on as a request: as many as fit into `limit` bytes, but
    /// at least one. Returns their number and the request.
    fn encode_part(&mut self, batch: &B, from: usize, limit: usize) -> (usize, &[u8]);

    /// Encodes all items as one request.
    #[cfg(test)]
    fn encode(&mut self, batch: &B) -> (usize, &[u8]) {
        self.begin(batch);
        self.encode_part(batch, 0, usize::MAX)
    }
}

fn encode_resource(out: &mut Vec<u8>, field: u32, resource: &Resource) {
    message::<2>(out, field, |out| {
        for (key, value) in resource {
            attribute(out, resource::ATTRIBUTES, key, value);
        }
    });
}

/// Encodes a message that contains items, or nothing if no item fits.
fn group<const WIDTH: usize>(
    out: &mut Vec<u8>,
    field: u32,
    room: &mut Room,
    fill: impl FnOnce(&mut Vec<u8>, &mut Room),
) {
    room.group(out, |out, room| message::<WIDTH>(out, field, |out| fill(out, room)));
}
