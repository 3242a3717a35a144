//! Finds what of a changed file does not change while the program runs.

use super::ReloadError;
use crate::config::file::FromFile;
use crate::error::ConfigurationError;
use crate::pipeline::in_force::FileState;
#[cfg(feature = "metrics")]
use crate::pipeline::in_force::views;
use trace_config::Problem;
use trace_config::model::distribution::TraceRs;
use trace_config::model::logger::{LogRecordProcessor, LoggerProvider};
use trace_config::model::{Extension, Place};

/// Refuses a file that changes what does not change: all of it, each key with its place.
pub(super) fn check(read: &FromFile, state: &FileState) -> Result<(), ReloadError> {
    let mut found = Found { read, problems: Vec::new() };
    found.root(state);
    found.limits(state);
    #[cfg(feature = "metrics")]
    found.metrics(state);
    found.distribution(state);
    match found.problems.is_empty() {
        true => Ok(()),
        false => Err(ReloadError::Fixed(ConfigurationError::new(found.problems))),
    }
}

const LIMITS: &str = "values are cut when they are recorded, by all threads alike";

/// Returns the plug-ins that process log records.
fn plugins(section: Option<&LoggerProvider>) -> Vec<&Extension> {
    let processors = section.into_iter().flat_map(|section| &section.processors);
    let plugins = processors.filter_map(|processor| match processor {
        LogRecordProcessor::Extension(plugin) => Some(plugin),
        _ => None,
    });
    plugins.collect()
}

/// Whether a part is the same, the key of it, and why it does not change.
type Row = (bool, &'static str, &'static str);

/// Returns the rows of keys that are fields of both models.
macro_rules! rows {
    ($new:expr, $old:expr; $($key:ident: $why:expr,)*) => {
        [$(($new.$key == $old.$key, stringify!($key), $why),)*]
    };
}

struct Found<'a> {
    read: &'a FromFile,
    problems: Vec<Problem>,
}

impl Found<'_> {
    fn note(&mut self, at: Place, rows: impl IntoIterator<Item = Row>) {
        for (_, key, why) in rows.into_iter().filter(|(is_same, ..)| !is_same) {
            let message = format!("`{key}` does not change while the program runs: {why}");
            self.problems.push(self.read.loaded.unsupported(at, Some(key), message));
        }
    }

    fn root(&mut self, state: &FileState) {
        let (new, old) = (&self.read.loaded.configuration, &state.configuration);
        let rows = rows! { new, old;
            disabled: "telemetry starts with the program; `distribution.trace-rs.switches` turns it off and on",
            resource: "it is part of data already exported",
            propagator: "propagators are installed at start-up",
            attribute_limits: LIMITS,
        };
        self.note(new.at, rows);
    }

    fn limits(&mut self, state: &FileState) {
        let (new, old) = (&self.read.loaded.configuration, &state.configuration);
        let limits = (
            new.tracer_provider.as_ref().and_then(|it| it.limits.as_ref()),
            old.tracer_provider.as_ref().and_then(|it| it.limits.as_ref()),
        );
        let at = new.tracer_provider.as_ref().map_or(new.at, |it| it.at);
        self.note(at, [(limits.0 == limits.1, "limits", LIMITS)]);
        let limits = (
            new.logger_provider.as_ref().and_then(|it| it.limits.as_ref()),
            old.logger_provider.as_ref().and_then(|it| it.limits.as_ref()),
        );
        let at = new.logger_provider.as_ref().map_or(new.at, |it| it.at);
        let plugins =
            (plugins(new.logger_provider.as_ref()), plugins(old.logger_provider.as_ref()));
        let rows = [
            (limits.0 == limits.1, "limits", LIMITS),
            (
                plugins.0 == plugins.1,
                "processors",
                "plug-ins among them run on the threads that emit records",
            ),
        ];
        self.note(at, rows);
    }

    /// What readers and exporters may change is found where they are exchanged.
    #[cfg(feature = "metrics")]
    fn metrics(&mut self, state: &FileState) {
        let Some(instruments) = &state.instruments else { return };
        let (new, settings) = (&self.read.loaded.configuration, &self.read.settings.metrics);
        let has_readers = settings.readers.as_ref().is_some_and(|readers| !readers.is_empty());
        if !has_readers && !instruments.has_own_readers {
            // There is nothing that it would apply to.
            return;
        }
        let rows = [
            (views(new) == instruments.views, "views", "instruments that exist keep it"),
            (
                settings.exponential == instruments.exponential,
                "readers",
                "their default aggregation of histograms stays that of instruments that exist",
            ),
            (
                settings.series == instruments.limits,
                "readers",
                "their limits of series, and `distribution.trace-rs.series_limit`, are those of \
                 instruments that exist",
            ),
        ];
        self.note(new.meter_provider.as_ref().map_or(new.at, |it| it.at), rows);
    }

    fn distribution(&mut self, state: &FileState) {
        let unset = TraceRs::default();
        let ours = |section: &'_ Option<trace_config::model::distribution::Distribution>| {
            section.as_ref().and_then(|it| it.trace_rs.clone()).unwrap_or_else(|| unset.clone())
        };
        let new_section = &self.read.loaded.configuration.distribution;
        let (new, old) = (ours(new_section), ours(&state.configuration.distribution));
        let configuration = &self.read.loaded.configuration;
        let section = new_section.as_ref();
        let trace_rs = section.and_then(|it| it.trace_rs.as_ref());
        let at = trace_rs.map(|it| it.at).or(section.map(|it| it.at)).unwrap_or(configuration.at);
        const DIVIDED: &str = "memory is divided when the program starts";
        let baggage = |ours: &TraceRs| ours.levels.as_ref().and_then(|it| it.baggage.clone());
        let has_tail = (self.read.settings.tail.is_some(), state.tail.is_some());
        let fields = rows! { new, old;
            memory_limit: DIVIDED,
            open_spans: DIVIDED,
            ring_bytes: DIVIDED,
            shutdown_timeout: "the guard is created with it at start-up",
            code_attributes: "functions are described once",
            own_metrics: "their instruments are made at the start; a view drops them",
            baggage: "its keys are numbered when the program starts",
            tenant_routes: "routes are numbered when the program starts, and memory is divided among them",
        };
        let rows = [
            (
                self.read.settings.requests.level_key == state.level_key,
                match baggage(&new) == baggage(&old) {
                    true => "profiles",
                    false => "levels",
                },
                "the key of baggage of levels is numbered when the program starts",
            ),
            (
                has_tail.0 == has_tail.1,
                "tail_sampling",
                "its memory is divided when the program starts; a `share` of 1 keeps all traces",
            ),
        ];
        self.note(at, fields.into_iter().chain(rows));
    }
}
