//! OTLP for logs, over both transports.

use super::OtlpSettings;
use super::encode::logs::LogEncoder;
use super::parts::deliver;
use super::sender::Sender;
use super::signal::LOGS;
use crate::config::InitError;
use crate::export::{ExportError, Exporter};
use crate::logs::EmittedLog;
use opentelemetry_sdk::Resource;
use std::borrow::Cow;

/// Sends log records to an OpenTelemetry receiver.
pub(crate) struct OtlpLogs {
    encoder: LogEncoder,
    sender: Sender,
}

impl OtlpLogs {
    pub(crate) fn new(settings: &OtlpSettings) -> Result<Self, InitError> {
        Ok(Self { encoder: LogEncoder::default(), sender: Sender::new(settings, &LOGS)? })
    }
}

impl Exporter<EmittedLog> for OtlpLogs {
    fn name(&self) -> Cow<'static, str> {
        "otlp logs".into()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.encoder.set_resource(resource);
    }

    fn export(&mut self, batch: &[&EmittedLog]) -> Result<(), ExportError> {
        deliver(&mut self.encoder, &mut self.sender, batch).1
    }
}
