//! Chooses the encoding of requests: protobuf, or JSON over HTTP.

use super::encode::Encode;
#[cfg(feature = "metrics")]
use super::encode::metrics::MetricEncoder;
use super::json::JsonEncoder;
use super::settings::OtlpProtocol;
use crate::error::InitError;
use opentelemetry_sdk::Resource;

/// An encoder of one signal, in the encoding of a protocol.
pub(super) enum Encoder<P> {
    Protobuf(P),
    Json(JsonEncoder),
}

impl<P: Default> Encoder<P> {
    pub(super) fn new(protocol: OtlpProtocol) -> Result<Self, InitError> {
        match protocol {
            OtlpProtocol::HttpJson => JsonEncoder::new().map(Self::Json),
            OtlpProtocol::HttpProtobuf | OtlpProtocol::Grpc => Ok(Self::Protobuf(P::default())),
        }
    }
}

#[cfg(feature = "metrics")]
impl Encoder<MetricEncoder> {
    /// Sets the maximum number of points in a request.
    pub(super) fn set_max_points(&mut self, points: usize) {
        match self {
            Self::Protobuf(encoder) => encoder.set_max_points(points),
            Self::Json(encoder) => encoder.set_max_points(points),
        }
    }
}

impl<B: ?Sized, P: Encode<B>> Encode<B> for Encoder<P>
where
    JsonEncoder: Encode<B>,
{
    fn set_resource(&mut self, resource: &Resource) {
        match self {
            Self::Protobuf(encoder) => encoder.set_resource(resource),
            Self::Json(encoder) => Encode::<B>::set_resource(encoder, resource),
        }
    }

    fn begin(&mut self, batch: &B) -> usize {
        match self {
            Self::Protobuf(encoder) => encoder.begin(batch),
            Self::Json(encoder) => encoder.begin(batch),
        }
    }

    fn encode_part(&mut self, batch: &B, from: usize, limit: usize) -> (usize, &[u8]) {
        match self {
            Self::Protobuf(encoder) => encoder.encode_part(batch, from, limit),
            Self::Json(encoder) => encoder.encode_part(batch, from, limit),
        }
    }
}
