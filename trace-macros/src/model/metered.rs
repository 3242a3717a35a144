//! Validates `#[metered]` on one function.

use syn::{Expr, Path};

use super::instrument;
use super::label::{self, Label};
use crate::errors::{self, Errors};
use crate::syntax::metered::Options;

/// The meter of a function.
pub(crate) struct Meter {
    /// Empty for the names of the autometrics convention.
    pub(crate) name: String,
    pub(crate) labels: Vec<Label>,
    pub(crate) in_flight: bool,
    pub(crate) slo: Option<Path>,
    pub(crate) buckets: Option<Expr>,
}

/// Follows the name of a meter.
const SUFFIX: &str = ".duration";

impl Meter {
    pub(crate) fn of(mut options: Options, errors: &mut Errors) -> Self {
        let name = options.name.take();
        if let Some(name) = &name {
            if name.value().contains(['{', '}']) {
                let text = name.value();
                errors.on(name, errors::metric_name(&text, &errors::metric_name_template()));
            } else {
                instrument::name(name, SUFFIX.len(), errors);
            }
        }
        Self {
            name: name.map_or_else(String::new, |name| name.value()),
            labels: label::labels(options.labels.take().unwrap_or_default(), true, errors),
            in_flight: options.in_flight.is_given(),
            slo: options.slo.take(),
            buckets: options.buckets.take(),
        }
    }

    /// The names of the metrics that the meter records.
    pub(crate) fn metrics(&self) -> Vec<String> {
        match self.name.as_str() {
            "" => ["function.calls", "function.calls.duration", "function.calls.concurrent"]
                .map(str::to_owned)
                .into(),
            name => vec![format!("{name}{SUFFIX}")],
        }
    }
}
