//! The checks of a run. One subject a file.

mod books;
mod dashboard;
mod jobs;
mod logs;
mod numbers;
mod outage;
mod requests;
mod rules;
mod structure;
mod traces;
mod wholeness;

pub(super) use self::outage::check as outage;

use self::traces::Traces;
use super::pass::Observed;
use crate::Outcome;
use crate::support::report::Report;

/// That all telemetry of a run without disturbances is there, whole and right.
pub(super) fn telemetry(observed: &Observed, report: &mut Report) -> Outcome {
    let traces = Traces::of(&observed.decoded.spans);
    requests::check(observed, &traces, report);
    wholeness::check(observed, &traces, report);
    structure::check(observed, &traces, report);
    jobs::check(observed, &traces, report);
    logs::check(observed, &traces, report)?;
    books::check(observed, report);
    Ok(())
}

/// That metrics are what was sent, and that the dashboard finds them.
pub(super) fn metrics(observed: &Observed, report: &mut Report) -> Outcome {
    numbers::check(observed, report)?;
    dashboard::check(observed, report)
}

/// A row's name, with the run that it is about.
fn of(observed: &Observed, what: &str) -> String {
    format!("{}: {what}", observed.name)
}
