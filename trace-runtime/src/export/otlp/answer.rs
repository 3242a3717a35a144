//! What a receiver says to what it took, whatever the signal and the transport.

use super::encode::schema::{partial_success, response};
use super::encode::wire::{Field, fields};
use super::signal::Signal;
use crate::config::secrets::without_credentials;
use crate::export::ExportError;
use crate::notice::notice;

/// What a receiver said to what it took.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// How many it refused all the same.
    rejected: u64,
    /// Why, or a remark; often empty.
    message: String,
}

impl Answer {
    /// Reads an `ExportTraceServiceResponse`, or the same of another signal.
    pub(super) fn read(body: &[u8]) -> Self {
        let mut answer = Self::default();
        let partial = last(body, response::PARTIAL_SUCCESS).unwrap_or_default();
        for field in fields(partial) {
            match field {
                (partial_success::REJECTED, Field::Number(items)) => {
                    answer.rejected = u64::try_from(items.cast_signed()).unwrap_or(0);
                }
                (partial_success::ERROR_MESSAGE, Field::Bytes(text)) => {
                    answer.message = String::from_utf8_lossy(text).into_owned();
                }
                _ => {}
            }
        }
        answer
    }
}

/// The last field of that number, if it holds bytes.
pub(super) fn last(message: &[u8], number: u32) -> Option<&[u8]> {
    fields(message)
        .filter_map(|(found, field)| match field {
            Field::Bytes(bytes) if found == number => Some(bytes),
            _ => None,
        })
        .last()
}

/// Where batches go, as people are told of it.
#[derive(Debug)]
pub(super) struct Receiver {
    /// The URL as it may be shown.
    url: String,
    signal: &'static Signal,
    /// Whether something that the receiver only remarks on was said.
    remarked: bool,
}

impl Receiver {
    pub(super) fn new(url: &str, signal: &'static Signal) -> Self {
        Self { url: without_credentials(url), signal, remarked: false }
    }

    /// What became of a request of so many items.
    pub(super) fn settle(
        &mut self,
        items: usize,
        answer: Result<Answer, String>,
    ) -> Result<(), ExportError> {
        let Answer { rejected, message } = answer
            .map_err(|cause| ExportError::new(format!("cannot send to {}: {cause}", self.url)))?;
        if rejected > 0 {
            let lost = usize::try_from(rejected).unwrap_or(usize::MAX).min(items);
            let message = format!("{} rejected {lost} {}: {message}", self.url, self.signal.items);
            return Err(ExportError::partial(lost, message));
        }
        if !message.is_empty() && !std::mem::replace(&mut self.remarked, true) {
            notice(format_args!("{} remarks: {message}", self.url));
        }
        Ok(())
    }
}
