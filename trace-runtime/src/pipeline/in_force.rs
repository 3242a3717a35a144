//! Holds the sampling and the file that are in force.

use crate::collector;
use crate::sampling::{AlwaysOn, Canary, ParentBased, RouteTable, Routed, Sampler, TailSampling};
use std::sync::Arc;

/// The sampling that is in force.
pub(super) struct InForce {
    /// The description of the sampler.
    pub(super) description: String,
    /// `None`: the specification's default.
    pub(super) sampler: Option<Arc<dyn Sampler>>,
    /// The share of the traces that are recorded at all.
    pub(super) canary: f64,
    pub(super) tail: Option<TailSampling>,
    /// The routes of tenants.
    pub(super) routes: Option<Arc<RouteTable>>,
    pub(super) sampler_set_by: SetBy,
    pub(super) tail_set_by: SetBy,
}

/// What has set a part of the sampling. Each takes precedence over those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SetBy {
    /// The environment, a file, or the defaults.
    Configuration,
    /// The builder.
    Builder,
    /// A handle of the running pipeline.
    Handle,
}

#[cfg(all(feature = "config-file", feature = "metrics"))]
pub(super) use file::views;
#[cfg(feature = "config-file")]
pub(super) use file::{FileInForce, FileState, ReloadSettings};

#[cfg(feature = "config-file")]
mod file {
    use crate::config::file::{FileSampler, FromFile, Source};
    use crate::config::{CommandLine, SwitchSettings};
    #[cfg(feature = "metrics")]
    use crate::config::{MetricSettings, SeriesSettings};
    use crate::health::ConfigurationHealth;
    use crate::pipeline::chosen::FromFileExporters;
    use crate::plugin::Plugins;
    use crate::sampling::TailSampling;
    use crate::site_rules::SiteRules;
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::time::{Duration, SystemTime};
    use trace_config::model::Configuration;
    #[cfg(feature = "metrics")]
    use trace_config::model::view::View;

    /// When a file is read again.
    #[derive(Default)]
    pub(in crate::pipeline) struct ReloadSettings {
        pub(in crate::pipeline) interval: Option<Duration>,
        #[cfg(all(unix, feature = "signals"))]
        pub(in crate::pipeline) at_hangup: bool,
    }

    /// The file that configures the pipeline.
    pub(in crate::pipeline) struct FileInForce {
        pub(in crate::pipeline) source: Source,
        pub(in crate::pipeline) plugins: Plugins,
        name: String,
        /// Whether the program has set levels, which take precedence.
        pub(in crate::pipeline) has_own_levels: bool,
        /// What takes precedence over each version of the file.
        pub(in crate::pipeline) command_line: CommandLine,
        /// Locked from the start of a reload to its end, while code of the program runs too.
        state: Mutex<FileState>,
        /// Locked for moments alone: code that a reload waits for may ask for it.
        reported: Mutex<ConfigurationHealth>,
        #[cfg(all(unix, feature = "signals"))]
        signals: Mutex<Option<signal_hook::iterator::Handle>>,
    }

    /// What is in force of it.
    pub(in crate::pipeline) struct FileState {
        pub(in crate::pipeline) configuration: Configuration,
        pub(in crate::pipeline) sampler: FileSampler,
        pub(in crate::pipeline) tail: Option<TailSampling>,
        pub(in crate::pipeline) levels: SiteRules,
        /// The key of baggage that turns a level on for a request.
        pub(in crate::pipeline) level_key: Option<String>,
        pub(in crate::pipeline) switches: SwitchSettings,
        pub(in crate::pipeline) canary: Option<f64>,
        /// `None`: there is no provider of metrics.
        #[cfg(feature = "metrics")]
        pub(in crate::pipeline) instruments: Option<InstrumentsInForce>,
        pub(in crate::pipeline) exporters: FromFileExporters,
    }

    /// What the provider of metrics was built from. It applies to the instruments of all readers.
    #[cfg(feature = "metrics")]
    pub(in crate::pipeline) struct InstrumentsInForce {
        pub(in crate::pipeline) views: Vec<View>,
        pub(in crate::pipeline) exponential: bool,
        pub(in crate::pipeline) limits: SeriesSettings,
        /// Whether any reader is the program's.
        pub(in crate::pipeline) has_own_readers: bool,
    }

    /// Returns the views of a file.
    #[cfg(feature = "metrics")]
    pub(in crate::pipeline) fn views(file: &Configuration) -> &[View] {
        file.meter_provider.as_ref().and_then(|it| it.views.as_deref()).unwrap_or_default()
    }

    impl FileInForce {
        pub(in crate::pipeline) fn new(
            source: Source,
            plugins: Plugins,
            read: &FromFile,
            has_own_levels: bool,
            command_line: CommandLine,
        ) -> Self {
            let state = FileState {
                configuration: read.loaded.configuration.clone(),
                #[cfg(feature = "metrics")]
                instruments: None,
                exporters: FromFileExporters::default(),
                sampler: read.sampler.clone(),
                tail: read.settings.tail.clone(),
                levels: read.settings.levels.clone().unwrap_or_default(),
                level_key: read.settings.requests.level_key.clone(),
                switches: read.settings.switches.clone(),
                canary: read.settings.canary,
            };
            let reported = ConfigurationHealth {
                source: read.name.clone(),
                version: 1,
                hash: read.hash.clone(),
                applied: SystemTime::now(),
                last_error: None,
            };
            Self {
                source,
                plugins,
                name: read.name.clone(),
                has_own_levels,
                command_line,
                state: Mutex::new(state),
                reported: Mutex::new(reported),
                #[cfg(all(unix, feature = "signals"))]
                signals: Mutex::default(),
            }
        }

        pub(in crate::pipeline) fn name(&self) -> &str {
            &self.name
        }

        pub(in crate::pipeline) fn state(&self) -> MutexGuard<'_, FileState> {
            self.state.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// Keeps the handle of a thread that waits for signals.
        #[cfg(all(unix, feature = "signals"))]
        pub(in crate::pipeline) fn keep(&self, signals: signal_hook::iterator::Handle) {
            *self.signals.lock().unwrap_or_else(PoisonError::into_inner) = Some(signals);
        }

        /// Ends the thread that waits for signals.
        #[cfg(all(unix, feature = "signals"))]
        pub(in crate::pipeline) fn stop(&self) {
            let signals = self.signals.lock().unwrap_or_else(PoisonError::into_inner).take();
            signals.iter().for_each(signal_hook::iterator::Handle::close);
        }

        pub(in crate::pipeline) fn health(&self) -> ConfigurationHealth {
            self.reported().clone()
        }

        /// Notes that a file with this hash is in force; returns its version.
        pub(in crate::pipeline) fn accept(&self, hash: String) -> u64 {
            let mut reported = self.reported();
            reported.hash = hash;
            reported.applied = SystemTime::now();
            reported.last_error = None;
            reported.version += 1;
            reported.version
        }

        /// Notes that what is in force is what the file contains.
        pub(in crate::pipeline) fn confirm(&self, hash: String) {
            let mut reported = self.reported();
            reported.hash = hash;
            reported.last_error = None;
        }

        /// Notes that a file was refused.
        pub(in crate::pipeline) fn refuse(&self, error: String) {
            self.reported().last_error = Some(error);
        }

        fn reported(&self) -> MutexGuard<'_, ConfigurationHealth> {
            self.reported.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    impl FileState {
        /// Notes what the provider of metrics was built from.
        #[cfg(feature = "metrics")]
        pub(in crate::pipeline) fn note_provider(
            &mut self,
            settings: &MetricSettings,
            has_own_readers: bool,
        ) {
            self.instruments = Some(InstrumentsInForce {
                views: views(&self.configuration).to_vec(),
                exponential: settings.exponential,
                limits: settings.series.clone(),
                has_own_readers,
            });
        }

        /// Notes what was put in force.
        pub(in crate::pipeline) fn replace(&mut self, read: FromFile) {
            self.configuration = read.loaded.configuration.clone();
            self.sampler = read.sampler;
            self.tail = read.settings.tail;
            self.levels = read.settings.levels.unwrap_or_default();
            self.switches = read.settings.switches;
            self.canary = read.settings.canary;
        }
    }
}

impl InForce {
    /// Describes the sampling of a new pipeline.
    pub(super) fn new(
        description: &str,
        sampler: Option<Arc<dyn Sampler>>,
        tail: Option<TailSampling>,
    ) -> Self {
        Self {
            description: description.to_owned(),
            sampler,
            canary: 1.0,
            tail,
            routes: None,
            sampler_set_by: SetBy::Configuration,
            tail_set_by: SetBy::Configuration,
        }
    }

    /// Puts the sampler in force.
    pub(super) fn apply(&self, collector: &collector::Handle) {
        collector.set_sampler(self.composed(), self.keeps_all(), self.tail.clone());
    }

    /// Puts the sampler and tail sampling in force as one version.
    #[cfg(feature = "config-file")]
    pub(super) fn apply_all(&self, collector: &collector::Handle) {
        collector.set_version(self.composed(), self.keeps_all(), self.tail.clone());
    }

    /// Puts tail sampling in force, for all traces.
    pub(super) fn apply_tail(&self, collector: &collector::Handle) {
        if let Some(tail) = &self.tail {
            collector.set_tail(tail.clone(), self.keeps_all());
        }
    }

    /// Returns the sampler for the share of the traces that are recorded, which also assigns routes; `None`: the
    /// specification's default.
    pub(super) fn composed(&self) -> Option<Arc<dyn Sampler>> {
        let sampler = match self.canary {
            1.0 => self.sampler.clone(),
            share => {
                let by_default = || Arc::new(ParentBased::new(AlwaysOn)) as Arc<dyn Sampler>;
                let sampler = self.sampler.clone().unwrap_or_else(by_default);
                Some(Arc::new(Canary::new(share, sampler)) as Arc<dyn Sampler>)
            }
        };
        match &self.routes {
            Some(table) => Some(Arc::new(Routed::new(table.clone(), sampler))),
            None => sampler,
        }
    }

    /// Returns whether all traces that begin here are kept.
    pub(super) fn keeps_all(&self) -> bool {
        self.sampler.is_none() && self.canary == 1.0
    }
}
