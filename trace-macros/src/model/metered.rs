//! `#[metered]` on one function, validated.

use syn::{Expr, Path};

use super::instrument;
use super::label::{self, Label};
use crate::errors::{self, Errors};
use crate::syntax::metered::Options;

/// What a meter says and records.
pub(crate) struct Meter {
    /// Empty: the names of the autometrics convention.
    pub(crate) name: String,
    pub(crate) labels: Vec<Label>,
    pub(crate) in_flight: bool,
    pub(crate) slo: Option<Path>,
    pub(crate) buckets: Option<Expr>,
}

/// What is put behind the name of a meter.
const SUFFIX: &str = ".duration";

impl Meter {
    pub(crate) fn of(options: Options, errors: &mut Errors) -> Self {
        let name = options.name.into_value();
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
            labels: label::labels(options.labels.into_value().unwrap_or_default(), true, errors),
            in_flight: options.in_flight.into_value().is_some(),
            slo: options.slo.into_value(),
            buckets: options.buckets.into_value(),
        }
    }

    /// The names of the metrics that it records.
    pub(crate) fn metrics(&self) -> Vec<String> {
        match self.name.as_str() {
            "" => ["function.calls", "function.calls.duration", "function.calls.concurrent"]
                .map(str::to_owned)
                .into(),
            name => vec![format!("{name}{SUFFIX}")],
        }
    }
}
