//! The queries, and which answers are right.

mod expressions;
mod scrapes;
mod series;

use super::expect::Expected;
use super::load::Sent;
use crate::Outcome;
use crate::support::api::Api;
use crate::support::debian::Tools;
use crate::support::report::Report;
use serde_json::Value;

/// All that a run has brought.
pub(super) struct Observed<'a> {
    pub(super) tools: &'a Tools,
    /// About the end of the run.
    pub(super) api: &'a Api,
    /// What Prometheus has logged.
    pub(super) log: &'a str,
    /// Where the service's metrics are.
    pub(super) metrics: &'a str,
    /// The catalog of the service.
    pub(super) catalog: &'a Value,
    /// In seconds, up to the end: it has a scrape before the first request and one after the last.
    pub(super) window: f64,
    /// By all requests.
    pub(super) total: &'a Expected,
    /// By those within the window.
    pub(super) during: &'a Expected,
    /// Before Prometheus was there.
    pub(super) alone: &'a [Sent],
    pub(super) scraped: &'a [Sent],
}

pub(super) fn check(observed: &Observed<'_>, report: &mut Report) -> Outcome {
    series::check(observed, report)?;
    expressions::check(observed, report)?;
    scrapes::check(observed, report)
}
