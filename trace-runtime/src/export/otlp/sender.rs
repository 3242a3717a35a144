//! Sends requests to one receiver, over either transport, for the signals whose exporter both transports
//! share.

use super::deadline::Deadline;
use super::parts::Deliver;
use super::settings::{OtlpProtocol, OtlpSettings};
use crate::error::InitError;
use crate::export::ExportError;
use crate::export::signal::Signal;

pub(super) enum Sender {
    #[cfg(feature = "otlp-http")]
    Http(Box<super::http::HttpSender>),
    #[cfg(feature = "otlp-grpc")]
    Grpc(Box<super::grpc::GrpcSender>),
}

impl Sender {
    pub(super) fn new(settings: &OtlpSettings, signal: Signal) -> Result<Self, InitError> {
        match settings.protocol {
            #[cfg(feature = "otlp-http")]
            OtlpProtocol::HttpProtobuf | OtlpProtocol::HttpJson => {
                Ok(Self::Http(Box::new(super::http::HttpSender::new(settings, signal)?)))
            }
            #[cfg(feature = "otlp-grpc")]
            OtlpProtocol::Grpc => {
                Ok(Self::Grpc(Box::new(super::grpc::GrpcSender::new(settings, signal)?)))
            }
            #[cfg(not(all(feature = "otlp-http", feature = "otlp-grpc")))]
            protocol => Err(super::settings::missing(protocol)),
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

    pub(super) fn destination(&self) -> String {
        match self {
            #[cfg(feature = "otlp-http")]
            Self::Http(sender) => sender.destination(),
            #[cfg(feature = "otlp-grpc")]
            Self::Grpc(sender) => sender.destination(),
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
