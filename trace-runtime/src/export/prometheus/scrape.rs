//! Defines the answer to a scrape: a page, or the reason why there is none.

use crate::escape;
use std::fmt;
use std::time::Duration;

/// The page for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scrape {
    /// The `Content-Type` of the response.
    pub content_type: &'static str,
    /// Its body.
    pub body: String,
}

/// The reason why there is no page.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScrapeError {
    /// The pipeline has ended.
    Ended,
    /// It took longer than this, because a callback of an instrument hangs.
    Timeout(Duration),
    /// The metrics could not be collected.
    Failed(String),
}

impl ScrapeError {
    pub(super) fn status(&self) -> hyper::StatusCode {
        match self {
            Self::Ended | Self::Timeout(_) => hyper::StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(_) => hyper::StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for ScrapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("telemetry has ended"),
            Self::Timeout(time) => write!(f, "the metrics were not collected within {time:?}"),
            Self::Failed(why) => {
                write!(f, "the metrics could not be collected: {}", escape::line(why))
            }
        }
    }
}

impl std::error::Error for ScrapeError {}
