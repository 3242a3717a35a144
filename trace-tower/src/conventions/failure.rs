//! Classifies failed requests.

use super::Side;
use crate::runtime::caught::caught;
use http::StatusCode;
use std::any::type_name;
use std::borrow::Cow;
use std::fmt;

/// A failure: a class of errors, and a message.
#[derive(Debug)]
pub(crate) struct Failure {
    /// `error.type`
    pub(crate) kind: Cow<'static, str>,
    pub(crate) message: Option<String>,
}

impl Failure {
    /// Classifies a status: servers fail from 500 on, clients from 400 on.
    pub(crate) fn of_status(status: StatusCode, side: Side) -> Option<Self> {
        let is_failure = match side {
            Side::Server => status.as_u16() >= 500,
            Side::Client => status.as_u16() >= 400,
        };
        // The number needs no message.
        is_failure.then(|| Self { kind: status.as_str().to_owned().into(), message: None })
    }

    /// Classifies an error by its type; a boxed one has lost its type.
    pub(crate) fn of_error<E: fmt::Display>(error: &E) -> Self {
        let name = type_name::<E>();
        let kind = if name.starts_with("alloc::boxed::Box<dyn ") { "_OTHER" } else { name };
        Self { kind: kind.into(), message: Some(text_of(error)) }
    }
}

/// Formats an error, whose code may panic.
pub(crate) fn text_of(error: &(impl fmt::Display + ?Sized)) -> String {
    caught(|| error.to_string()).unwrap_or_else(|_| "<formatting panicked>".to_owned())
}
