//! Exports logs over OTLP, with both transports.

use super::encode::Encode;
use super::encode::logs::LogEncoder;
use super::encoder::Encoder;
use super::parts::deliver;
use super::sender::Sender;
use super::settings::OtlpSettings;
use crate::error::InitError;
use crate::export::signal::Signal;
use crate::export::{EmittedLog, ExportError, Exporter};
use opentelemetry_sdk::Resource;
use std::borrow::Cow;

/// Sends log records to an OpenTelemetry receiver.
pub(crate) struct OtlpLogs {
    encoder: Encoder<LogEncoder>,
    sender: Sender,
}

impl OtlpLogs {
    pub(crate) fn new(settings: &OtlpSettings) -> Result<Self, InitError> {
        Ok(Self {
            encoder: Encoder::new(settings.protocol)?,
            sender: Sender::new(settings, Signal::Logs)?,
        })
    }
}

impl Exporter<EmittedLog> for OtlpLogs {
    fn name(&self) -> Cow<'static, str> {
        "otlp logs".into()
    }

    fn destination(&self) -> String {
        self.sender.destination()
    }

    fn set_resource(&mut self, resource: &Resource) {
        Encode::<[&EmittedLog]>::set_resource(&mut self.encoder, resource);
    }

    fn export(&mut self, batch: &[&EmittedLog]) -> Result<(), ExportError> {
        deliver(&mut self.encoder, &mut self.sender, batch).1
    }
}
