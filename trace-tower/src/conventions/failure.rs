//! What went wrong with a request, as far as it was the fault of somebody.

use super::Side;
use crate::runtime::caught::caught;
use http::StatusCode;
use std::any::type_name;
use std::borrow::Cow;
use std::fmt;

/// A failure: a class of errors, and what is said of this one.
#[derive(Debug)]
pub(crate) struct Failure {
    /// `error.type`
    pub(crate) kind: Cow<'static, str>,
    pub(crate) message: Option<String>,
}

impl Failure {
    /// By the status of an answer: servers are at fault from 500 on, clients from 400 on.
    pub(crate) fn of_status(status: StatusCode, side: Side) -> Option<Self> {
        let is_failure = match side {
            Side::Server => status.as_u16() >= 500,
            Side::Client => status.as_u16() >= 400,
        };
        // The number says it all.
        is_failure.then(|| Self { kind: status.as_str().to_owned().into(), message: None })
    }

    /// By an error, whose type stands for it; a boxed one has lost its type.
    pub(crate) fn of_error<E: fmt::Display>(error: &E) -> Self {
        let name = type_name::<E>();
        let kind = if name.starts_with("alloc::boxed::Box<dyn ") { "_OTHER" } else { name };
        Self { kind: kind.into(), message: Some(text_of(error)) }
    }
}

/// The text of an error, whose code may panic.
pub(crate) fn text_of(error: &(impl fmt::Display + ?Sized)) -> String {
    caught(|| error.to_string()).unwrap_or_else(|_| "<formatting panicked>".to_owned())
}
