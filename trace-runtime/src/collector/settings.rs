//! Defines what the collector is started with, and why it may not start.

#[cfg(feature = "json")]
use super::Alarm;
#[cfg(feature = "metrics")]
use super::Outlet;
use super::{OpenLimits, SpanSettings};
use crate::export::ExporterSet;
#[cfg(feature = "logs")]
use crate::logs::Logs;
use crate::sampler::Sampler;
use crate::sampling::TailSampling;
use std::sync::Arc;

/// The collector's settings and the parts that it works with.
pub(crate) struct CollectorSettings {
    pub(crate) queues: Arc<ExporterSet>,
    /// `None` selects the specification's default.
    pub(crate) sampler: Option<Arc<dyn Sampler>>,
    pub(crate) spans: SpanSettings,
    pub(crate) open: OpenLimits,
    /// The settings of tail sampling, and the memory that it takes unless they contain a limit.
    pub(crate) tail: Option<(TailSampling, usize)>,
    /// Reports what snapshots are wanted of.
    #[cfg(feature = "json")]
    pub(crate) alarm: Option<Arc<Alarm>>,
    pub(crate) ring_bytes: usize,
    pub(crate) all_rings_bytes: usize,
    #[cfg(feature = "logs")]
    pub(crate) logs: Option<Arc<Logs>>,
    #[cfg(feature = "metrics")]
    pub(crate) outlet: Outlet,
}

/// The reason why the pipeline could not start.
#[derive(Debug)]
pub(crate) enum InstallError {
    /// A pipeline is already running.
    AlreadyInstalled,
    /// The collector's thread could not be started.
    Thread(std::io::Error),
    /// The process is a forked child whose inherited locks will never be released.
    Forked,
}
