//! Requests to one receiver, over either transport, for the signals that both transports share an
//! exporter of.

use super::deadline::Deadline;
use super::parts::Deliver;
use super::signal::Signal;
use super::{OtlpProtocol, OtlpSettings};
use crate::config::InitError;
use crate::export::ExportError;

pub(super) enum Sender {
    #[cfg(feature = "otlp-http")]
    Http(Box<super::http::Sender>),
    #[cfg(feature = "otlp-grpc")]
    Grpc(Box<super::grpc::Sender>),
}

impl Sender {
    pub(super) fn new(settings: &OtlpSettings, signal: &'static Signal) -> Result<Self, InitError> {
        match settings.protocol {
            #[cfg(feature = "otlp-http")]
            OtlpProtocol::HttpProtobuf => {
                Ok(Self::Http(Box::new(super::http::Sender::new(settings, signal)?)))
            }
            #[cfg(feature = "otlp-grpc")]
            OtlpProtocol::Grpc => {
                Ok(Self::Grpc(Box::new(super::grpc::Sender::new(settings, signal)?)))
            }
            #[cfg(not(all(feature = "otlp-http", feature = "otlp-grpc")))]
            protocol => Err(super::missing(protocol)),
        }
    }

    fn inner(&self) -> &dyn Deliver {
        match self {
            #[cfg(feature = "otlp-http")]
            Self::Http(sender) => &**sender,
            #[cfg(feature = "otlp-grpc")]
            Self::Grpc(sender) => &**sender,
        }
    }
}

impl Deliver for Sender {
    fn deadline(&self) -> Deadline {
        self.inner().deadline()
    }

    fn max_request_size(&self) -> usize {
        self.inner().max_request_size()
    }

    fn too_large(&self, bytes: usize) -> ExportError {
        self.inner().too_large(bytes)
    }

    fn send(
        &mut self,
        items: usize,
        request: &[u8],
        deadline: Deadline,
    ) -> Result<(), ExportError> {
        match self {
            #[cfg(feature = "otlp-http")]
            Self::Http(sender) => sender.send(items, request, deadline),
            #[cfg(feature = "otlp-grpc")]
            Self::Grpc(sender) => sender.send(items, request, deadline),
        }
    }
}
