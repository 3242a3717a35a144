//! Names failures in attributes.

use sqlx::Error;
use std::borrow::Cow;

/// A failure, in the terms of the conventions.
pub(crate) struct Failure {
    /// `error.type`.
    pub(crate) kind: Cow<'static, str>,
    /// `db.response.status_code`.
    pub(crate) code: Option<String>,
}

impl Failure {
    /// A statement whose future was dropped before it was ready.
    pub(crate) const CANCELLED: Self = Self { kind: Cow::Borrowed("cancelled"), code: None };

    pub(crate) fn of(error: &Error) -> Self {
        let code = match error {
            Error::Database(error) => error.code().map(Cow::into_owned),
            _ => None,
        };
        let kind = match &code {
            Some(code) => Cow::Owned(code.clone()),
            None => Cow::Borrowed(kind_of(error)),
        };
        Self { kind, code }
    }
}

fn kind_of(error: &Error) -> &'static str {
    match error {
        Error::Configuration(_) => "configuration",
        Error::Database(_) => "database",
        Error::Io(_) => "io",
        Error::Tls(_) => "tls",
        Error::Protocol(_) => "protocol",
        Error::Encode(_) => "encode",
        Error::Decode(_) | Error::ColumnDecode { .. } => "decode",
        Error::PoolTimedOut => "pool_timed_out",
        Error::PoolClosed => "pool_closed",
        Error::WorkerCrashed => "worker_crashed",
        _ => "_OTHER",
    }
}
