//! Holds the sampling and the file that are in force.

#[cfg(feature = "config-file")]
use crate::health::ConfigurationHealth;
use crate::sampling::TailSampling;
#[cfg(feature = "config-file")]
use std::time::SystemTime;

/// The sampling that is in force.
pub(super) struct InForce {
    /// The description of the sampler.
    pub(super) sampler: String,
    pub(super) tail: Option<TailSampling>,
}

/// The file that configures the pipeline.
#[cfg(feature = "config-file")]
pub(super) struct FileInForce {
    name: String,
    hash: String,
    applied: SystemTime,
}

#[cfg(feature = "config-file")]
impl FileInForce {
    pub(super) fn new(name: String, hash: String) -> Self {
        Self { name, hash, applied: SystemTime::now() }
    }

    pub(super) fn health(&self) -> ConfigurationHealth {
        ConfigurationHealth {
            source: self.name.clone(),
            version: 1,
            hash: self.hash.clone(),
            applied: self.applied,
            last_error: None,
        }
    }
}
