//! Stands in for the encoder of JSON in builds without the feature `json`.

use super::encode::Encode;
use crate::error::InitError;

/// An encoder that this build leaves out.
pub(super) enum JsonEncoder {}

impl JsonEncoder {
    pub(super) fn new() -> Result<Self, InitError> {
        let wanted = "OTLP over HTTP as JSON".to_owned();
        Err(InitError::MissingFeature { wanted, feature: "json" })
    }

    #[cfg(feature = "metrics")]
    pub(super) fn set_max_points(&mut self, _: usize) {
        match *self {}
    }
}

impl<B: ?Sized> Encode<B> for JsonEncoder {
    fn begin(&mut self, _: &B) -> usize {
        match *self {}
    }

    fn encode_part(&mut self, _: &B, _: usize, _: usize) -> (usize, &[u8]) {
        match *self {}
    }
}
