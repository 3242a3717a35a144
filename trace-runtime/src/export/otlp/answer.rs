//! Reads a receiver's answers, whatever the signal and the transport.

use super::encode::schema::{partial_success, response};
use super::encode::wire::{Field, fields, is_message};
#[cfg(feature = "otlp-http")]
use super::json_text::Json;
use super::redact::Secrets;
use crate::diagnostics::warn;
use crate::escape;
use crate::export::ExportError;
use crate::export::signal::Signal;
use std::time::Instant;

/// The number of characters of a receiver's text that are shown.
const SHOWN: usize = 256;

/// A receiver's answer to a request that it accepted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// The number of items that it refused all the same.
    rejected: u64,
    /// The reason, or a remark; often empty.
    message: String,
}

impl Answer {
    /// Reads an `ExportTraceServiceResponse`, or that of another signal; `None` if it is
    /// another message.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let partial = last(body, response::PARTIAL_SUCCESS).unwrap_or_default();
        let is_partial = |(number, field): (u32, Field<'_>)| {
            number != response::PARTIAL_SUCCESS || matches!(field, Field::Bytes(_))
        };
        if !is_message(body) || !is_message(partial) || !fields(body).all(is_partial) {
            return None;
        }
        let mut answer = Self::default();
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
        Some(answer)
    }

    /// Reads the answer as JSON, which some receivers send whatever the request was. Other members than those of an
    /// answer are skipped, if there are some of it.
    #[cfg(feature = "otlp-http")]
    pub(super) fn read_json(body: &[u8]) -> Option<Self> {
        let answer = Json::parse(body)?;
        let Some(partial) = answer.member("partialSuccess") else {
            return answer.is_empty_object().then(Self::default);
        };
        if partial.is_null() {
            return Some(Self::default());
        }
        let is_object = partial.is_object();
        let counts = ["rejectedSpans", "rejectedDataPoints", "rejectedLogRecords"];
        let rejected = match counts.into_iter().find_map(|name| partial.member(name)) {
            Some(count) if !count.is_null() => count.integer()?,
            _ => 0,
        };
        let message = partial.member("errorMessage").and_then(Json::text);
        is_object.then(|| Self {
            rejected: u64::try_from(rejected).unwrap_or(0),
            message: message.unwrap_or_default(),
        })
    }
}

/// Returns the cause of an answer with more bytes than the settings allow.
pub(super) fn too_much(max_response_size: usize) -> String {
    format!(
        "it answered with more than the {max_response_size} bytes that `max_response_size` allows"
    )
}

/// The reason why a request was not delivered.
#[derive(Debug)]
pub(super) struct Undelivered {
    pub(super) cause: String,
    /// It may be sent again then, and not before.
    pub(super) later: Option<Instant>,
}

/// Returns the last field of that number, if it contains bytes.
pub(super) fn last(message: &[u8], number: u32) -> Option<&[u8]> {
    fields(message)
        .filter_map(|(found, field)| match field {
            Field::Bytes(bytes) if found == number => Some(bytes),
            _ => None,
        })
        .last()
}

/// The destination of batches, as messages name it.
#[derive(Debug)]
pub(super) struct Receiver {
    /// The URL without secrets.
    url: String,
    signal: Signal,
    /// The secrets that a receiver may echo, and that no message shows.
    secrets: Secrets,
    /// Whether a remark of the receiver has been reported.
    remarked: bool,
}

impl Receiver {
    pub(super) fn new(url: String, signal: Signal, secrets: Secrets) -> Self {
        Self { url, signal, secrets, remarked: false }
    }

    /// Returns scheme, host and port.
    pub(super) fn origin(&self) -> &str {
        let begin = self.url.find("://").map_or(0, |scheme| scheme + 3);
        let path = self.url[begin..].find('/');
        path.map_or(&self.url, |path| &self.url[..begin + path])
    }

    /// Returns the result of a request of `items` items.
    pub(super) fn settle(
        &mut self,
        items: usize,
        answer: Result<Answer, Undelivered>,
    ) -> Result<(), ExportError> {
        let Answer { rejected, message } = answer.map_err(|Undelivered { cause, later }| {
            let cause = self.shown(&cause);
            let error = ExportError::new(format!("cannot send to {}: {cause}", self.url));
            match later {
                Some(later) => error.postponed(later),
                None => error,
            }
        })?;
        if rejected == 0 && message.is_empty() {
            return Ok(());
        }
        let message = self.shown(&message);
        if rejected > 0 {
            let lost = usize::try_from(rejected).unwrap_or(usize::MAX).min(items);
            let message =
                format!("{} rejected {lost} {}: {message}", self.url, self.signal.items());
            return Err(ExportError::partial(lost, message));
        }
        if !message.is_empty() && !std::mem::replace(&mut self.remarked, true) {
            warn(format_args!("{} remarks: {message}", self.url));
        }
        Ok(())
    }

    /// Returns the error of an item that is too large for any request.
    pub(super) fn too_large(&self, bytes: usize, most: usize) -> ExportError {
        let items = self.signal.items();
        ExportError::new(format!(
            "a request of one of the {items} has {bytes} bytes, more than the {most} that \
             `max_request_size` allows"
        ))
    }

    fn shown(&self, text: &str) -> String {
        escape::line(self.secrets.redact(text).trim()).cut(SHOWN).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_answer_is_not_read_as_one() {
        assert_eq!(Answer::read(b""), Some(Answer::default()));
        assert_eq!(Answer::read(b"<html>It works!</html>"), None);
        let partial = b"\x0a\x08\x08\x02\x12\x04full";
        let expected = Answer { rejected: 2, message: "full".to_owned() };
        assert_eq!(Answer::read(partial), Some(expected));
        assert_eq!(Answer::read(&partial[..6]), None);
    }

    #[cfg(feature = "otlp-http")]
    #[test]
    fn answers_may_be_json() {
        let read =
            |text: &str| Answer::read_json(text.as_bytes()).map(|it| (it.rejected, it.message));
        let full = Some((0, String::new()));
        for text in ["{}\n", "{\"partialSuccess\": {}}", "{\"partialSuccess\":null}"] {
            assert_eq!(read(text), full, "{text}");
        }
        let partial =
            r#"{"partialSuccess":{"errorMessage":"no \u2028\"x\"","rejectedSpans":"12"}}"#;
        assert_eq!(read(partial), Some((12, "no \u{2028}\"x\"".to_owned())));
        let points = r#"{"new":[1],"partialSuccess":{"rejectedDataPoints":4,"a":{"b":[]}}}"#;
        assert_eq!(read(points), Some((4, String::new())));
        let nulls = r#"{"partialSuccess":{"rejectedLogRecords":null,"errorMessage":null}}"#;
        assert_eq!(read(nulls), full);
        let negative = r#"{"partialSuccess":{"rejectedLogRecords":-3}}"#;
        assert_eq!(read(negative), full);
        for other in [
            r#"{"error":"no"}"#,
            "[]",
            "",
            "{\"partialSuccess\":",
            r#"{"partialSuccess":[]}"#,
            r#"{"partialSuccess":{"rejectedSpans":"many"}}"#,
            r#"{"partialSuccess":{}} {}"#,
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
