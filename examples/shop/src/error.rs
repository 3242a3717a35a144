//! Defines errors of requests, and answers them with problem details (RFC 9457).

use crate::database::{OrderState, Role};
use crate::warehouse::WarehouseError;
use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use thiserror::Error;
use trace_runtime::Span;
use tracing::error;

/// Why a request failed.
#[derive(Debug, Error)]
pub(crate) enum Error {
    #[error("name or password is wrong")]
    WrongPassword,
    #[error("too many wrong passwords: try again in {seconds} s")]
    TooManyLogins { seconds: u64 },
    #[error("log in first, and send the token: `Authorization: Bearer …`")]
    NotLoggedIn,
    #[error("this is for the role {0}")]
    WrongRole(Role),
    #[error("there is nothing at this address")]
    UnknownPage,
    #[error("there is no item {0}")]
    UnknownItem(i64),
    #[error("you have no order {0}")]
    UnknownOrder(i64),
    #[error("item {item} has {left} pieces left")]
    SoldOut { item: i64, left: i64 },
    #[error("order {id} is {state}; only orders that are placed can be cancelled")]
    TooLate { id: i64, state: OrderState },
    #[error("an order has 1 to {most_lines} items, each once, 1 to {most_pieces} pieces of each")]
    BadOrder { most_lines: usize, most_pieces: i64 },
    #[error("{text}")]
    BadRequest { status: StatusCode, text: String },
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the warehouse failed")]
    Warehouse(#[from] WarehouseError),
}

impl Error {
    /// Returns its name on spans, metrics and in answers.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::WrongPassword => "wrong_password",
            Self::TooManyLogins { .. } => "too_many_logins",
            Self::NotLoggedIn => "not_logged_in",
            Self::WrongRole(_) => "wrong_role",
            Self::UnknownPage => "unknown_page",
            Self::UnknownItem(_) => "unknown_item",
            Self::UnknownOrder(_) => "unknown_order",
            Self::SoldOut { .. } => "sold_out",
            Self::TooLate { .. } => "too_late",
            Self::BadOrder { .. } => "bad_order",
            Self::BadRequest { .. } => "bad_request",
            Self::Database(_) => "database",
            Self::Warehouse(_) => "warehouse",
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::WrongPassword | Self::NotLoggedIn => StatusCode::UNAUTHORIZED,
            Self::TooManyLogins { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::WrongRole(_) => StatusCode::FORBIDDEN,
            Self::UnknownPage | Self::UnknownItem(_) | Self::UnknownOrder(_) => {
                StatusCode::NOT_FOUND
            }
            Self::SoldOut { .. } | Self::TooLate { .. } => StatusCode::CONFLICT,
            Self::BadOrder { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BadRequest { status, .. } => *status,
            Self::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Warehouse(_) => StatusCode::BAD_GATEWAY,
        }
    }

    /// Whether the service failed. A mistyped password is not a failure of the service: it fails no
    /// span, and counts against no objective.
    pub(crate) fn is_failure(&self) -> bool {
        self.status().is_server_error()
    }
}

macro_rules! from_rejections {
    ($($rejection:ident)*) => {$(
        impl From<$rejection> for Error {
            fn from(rejection: $rejection) -> Self {
                Self::BadRequest { status: rejection.status(), text: rejection.body_text() }
            }
        }
    )*};
}
from_rejections!(JsonRejection PathRejection QueryRejection);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if self.is_failure() {
            let causes = std::error::Error::source(&self).map(ToString::to_string);
            error!(error = %self, error.kind = self.kind(), causes, "request failed");
        }
        let mut problem = json!({
            "type": format!("/problems/{}", self.kind()),
            "title": self.status().canonical_reason(),
            "status": self.status().as_u16(),
            "detail": self.to_string(),
        });
        // Lets customers name the request when they complain.
        let context = Span::current().context();
        if context.is_valid() {
            problem["trace_id"] = context.trace_id().to_string().into();
        }
        let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status(), content_type, Json(problem)).into_response();
        if let Self::TooManyLogins { seconds } = self {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
