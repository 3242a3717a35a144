//! Determines whether a request failed, for spans and metrics alike.

use rmcp::ErrorData;
use std::borrow::Cow;
use trace_runtime::{Span, Status};

/// Why a request failed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// `error.type`.
    pub(crate) kind: Cow<'static, str>,
    /// `rpc.response.status_code`.
    pub(crate) code: Option<String>,
    message: String,
}

impl Failure {
    /// Returns the failure of a request that is answered by an error.
    pub(crate) fn of_request(error: &ErrorData) -> Self {
        let code = error.code.0.to_string();
        let message = error.message.clone().into_owned();
        Self { kind: code.clone().into(), code: Some(code), message }
    }

    /// Returns the failure of a tool, which is an answer like others, with `isError`.
    pub(crate) fn of_tool() -> Self {
        // What a tool answers is content, which may be confidential.
        Self { kind: "tool_error".into(), code: None, message: String::new() }
    }

    /// Returns the failure of a request that ended without an answer.
    pub(crate) fn unanswered() -> Self {
        let kind = if std::thread::panicking() { "panic" } else { "cancelled" };
        Self { kind: kind.into(), code: None, message: String::new() }
    }

    /// Marks a span as failed.
    pub(crate) fn mark(&self, span: &Span) {
        span.set_attribute("error.type", &*self.kind);
        if let Some(code) = &self.code {
            span.set_attribute("rpc.response.status_code", code.as_str());
        }
        span.set_status(Status::Error { description: self.message.clone().into() });
    }
}
