//! Interprets the fields that set name, kind and status of the span, as in tracing-opentelemetry.

use crate::fields::Fields;
use trace_runtime::{SpanKind, Status};

/// The name, kind and status that the fields of a span set.
#[derive(Debug, Default)]
pub(crate) struct Special<'a> {
    /// `otel.name`
    pub(crate) name: Option<&'a str>,
    /// `otel.kind`
    pub(crate) kind: Option<SpanKind>,
    /// `otel.status_code`, and `otel.status_message`, which newer versions call
    /// `otel.status_description`.
    pub(crate) status: Status,
}

/// Whether a field is not an attribute.
#[inline]
pub(crate) fn is_special(key: &str) -> bool {
    key.strip_prefix("otel.").is_some_and(|rest| {
        matches!(rest, "name" | "kind" | "status_code" | "status_message" | "status_description")
    })
}

impl<'a> Special<'a> {
    pub(crate) fn of(fields: &'a Fields) -> Self {
        let (mut special, mut message) = (Self::default(), None);
        for found in fields.iter().filter(|found| is_special(found.key)) {
            let Some(text) = fields.text(found) else { continue };
            match found.key {
                "otel.name" => special.name = Some(text),
                "otel.kind" => special.kind = kind_of(text),
                "otel.status_code" => special.status = status_of(text),
                _ => message = Some(text),
            }
        }
        if let (Status::Unset | Status::Error { .. }, Some(message)) = (&special.status, message) {
            special.status = Status::Error { description: message.to_owned().into() };
        }
        special
    }
}

fn kind_of(text: &str) -> Option<SpanKind> {
    use SpanKind::{Client, Consumer, Internal, Producer, Server};
    [Internal, Server, Client, Producer, Consumer]
        .into_iter()
        .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
}

fn status_of(text: &str) -> Status {
    if text.eq_ignore_ascii_case("ok") {
        Status::Ok
    } else if text.eq_ignore_ascii_case("error") {
        Status::Error { description: "".into() }
    } else {
        Status::Unset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_case() {
        assert_eq!(kind_of("SERVER"), Some(SpanKind::Server));
        assert_eq!(kind_of("consumer"), Some(SpanKind::Consumer));
        assert_eq!(kind_of("waiter"), None);
        assert_eq!(status_of("Ok"), Status::Ok);
        assert!(matches!(status_of("ERROR"), Status::Error { .. }));
        assert_eq!(status_of("unset"), Status::Unset);
    }
}
