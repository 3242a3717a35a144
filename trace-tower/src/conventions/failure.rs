//! Classifies failed requests.

use super::{OTHER, Side};
use crate::runtime::caught::caught;
use http::StatusCode;
use std::any::type_name;
use std::fmt;

/// A class of errors: `error.type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By the status of the response.
    Status(StatusCode),
    /// By the code of an RPC.
    Code(&'static str),
    /// The request was given up.
    Cancelled,
    /// The service panicked.
    Panic,
    /// By the type of an error.
    Type(&'static str),
}

impl Kind {
    /// Returns the value of the attribute.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Status(status) => status.as_str(),
            Self::Code(kind) | Self::Type(kind) => kind,
            Self::Cancelled => "cancelled",
            Self::Panic => "panic",
        }
    }
}

/// A failure: a class of errors, and a message.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
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
        is_failure.then_some(Self { kind: Kind::Status(status), message: None })
    }

    /// Classifies an error by its type; a boxed one has lost its type.
    pub(crate) fn of_error<E: fmt::Display>(error: &E) -> Self {
        let name = type_name::<E>();
        let kind = if name.starts_with("alloc::boxed::Box<dyn ") { OTHER } else { name };
        Self { kind: Kind::Type(kind), message: Some(text_of(error)) }
    }
}

/// Formats an error, whose code may panic.
pub(crate) fn text_of(error: &(impl fmt::Display + ?Sized)) -> String {
    caught(|| error.to_string()).unwrap_or_else(|_| "<formatting panicked>".to_owned())
}
