//! Puts contexts and baggage in force: formats, copied keys, and what baggage may decide about.

#[cfg(feature = "metrics")]
use super::baggage_labels::BaggageLabelConfig;
use super::builder::TelemetryBuilder;
use crate::baggage_attributes;
use crate::config::{ChosenFormat, Settings};
use crate::error::InitError;
#[cfg(feature = "http")]
use crate::instrumentation::{self, HttpInstrumentation};
use crate::interop;
#[cfg(feature = "logs")]
use crate::logs;
use crate::propagation::{self, Composite, Member};
use crate::request::RequestRules;
use crate::sampling::TailSampling;
use std::mem;
#[cfg(feature = "http")]
use std::sync::Arc;

impl TelemetryBuilder {
    pub(super) fn take_formats(&mut self, settings: &Settings) -> Result<Composite, InitError> {
        let formats = match (mem::take(&mut self.propagators), &settings.propagators) {
            (given, _) if !given.is_empty() => Composite::new(given),
            (_, Some(chosen)) => {
                let members = chosen.iter().map(|format| match format {
                    ChosenFormat::Named(format) => Ok(Member::of(*format)),
                    #[cfg(feature = "config-file")]
                    ChosenFormat::Plugin(plugin) => plugin.propagator().map(Member::Other),
                });
                Composite::of_members(members.collect::<Result<_, InitError>>()?)
            }
            (_, None) => Composite::default(),
        };
        Ok(formats.without(mem::take(&mut self.private)))
    }

    pub(super) fn take_contexts(&mut self, settings: &Settings) -> Result<Contexts, InitError> {
        Ok(Contexts {
            formats: self.take_formats(settings)?,
            baggage_attributes: own_or(
                mem::take(&mut self.baggage_attributes),
                settings.baggage.attributes.clone(),
            ),
            tenant_key: self
                .tail
                .as_ref()
                .or(settings.tail.as_ref())
                .and_then(TailSampling::tenant_key),
            #[cfg(feature = "metrics")]
            baggage_labels: mem::take(&mut self.baggage_labels).or(&settings.baggage),
            #[cfg(feature = "logs")]
            baggage_of_logs: own_or(
                self.logs.take_baggage(),
                settings.baggage.log_attributes.clone(),
            ),
            #[cfg(feature = "http")]
            http: settings.http.clone(),
            is_global: self.is_global,
            attaches: self.attaches,
        })
    }

    /// Returns what baggage may decide about: what the program sets, else what was configured.
    pub(super) fn take_requests(&mut self, settings: &Settings) -> RequestRules {
        let own = mem::take(&mut self.requests);
        #[cfg(feature = "config-file")]
        let own = RequestRules {
            level_key: own.level_key.or_else(|| settings.requests.level_key.clone()),
            trusted: own_or(own.trusted, settings.requests.trusted.clone()),
        };
        #[cfg(not(feature = "config-file"))]
        let _ = settings;
        own
    }
}

/// Returns what the program sets itself, else what was configured.
fn own_or(own: Vec<String>, configured: Vec<String>) -> Vec<String> {
    if own.is_empty() { configured } else { own }
}

/// The settings of contexts and baggage once the pipeline runs.
pub(super) struct Contexts {
    formats: Composite,
    baggage_attributes: Vec<String>,
    /// The attribute that names the tenant of a trace.
    tenant_key: Option<String>,
    #[cfg(feature = "metrics")]
    baggage_labels: BaggageLabelConfig,
    #[cfg(feature = "logs")]
    baggage_of_logs: Vec<String>,
    #[cfg(feature = "http")]
    http: Option<Arc<HttpInstrumentation>>,
    is_global: bool,
    attaches: bool,
}

impl Contexts {
    pub(super) fn install(self) {
        propagation::install(&self.formats);
        baggage_attributes::install(self.baggage_attributes);
        baggage_attributes::set_tenant_key(self.tenant_key);
        #[cfg(feature = "metrics")]
        self.baggage_labels.install();
        #[cfg(feature = "http")]
        instrumentation::install(self.http);
        interop::install(self.is_global, self.attaches);
        #[cfg(feature = "logs")]
        logs::allow_baggage(self.baggage_of_logs);
    }
}
