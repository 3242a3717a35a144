//! Installs the pipeline: from the configuration to what its parts are started with.

use super::builder::TelemetryBuilder;
use super::contexts::Contexts;
#[cfg(feature = "config-file")]
use super::in_force::FileInForce;
use super::registry::{self, Slot};
use super::running::Running;
use super::telemetry::Telemetry;
#[cfg(feature = "config-file")]
use crate::config::file::{self, Source};
use crate::config::{CONFIG_FILE, Env, Settings, read_environment};
use crate::diagnostics::warn;
use crate::error::InitError;
use crate::propagation;
use crate::recorder::ticks;
#[cfg(feature = "config-file")]
use crate::resource::OwnDetector;
use crate::resource::{self, Detection, Detector};
use opentelemetry_sdk::Resource;
use std::mem;
use std::sync::Arc;

impl TelemetryBuilder {
    /// Starts the pipeline.
    ///
    /// # Errors
    /// When a pipeline is already installed, a variable has a value that is not allowed, a file is invalid, an exporter
    /// cannot be made, a key of baggage is already a label of metrics, or a thread cannot be started.
    pub fn install(mut self) -> Result<Telemetry, InitError> {
        // First of all, because the time that passes from here on makes the clock exact.
        ticks::begin();
        self.permit_notices();
        let mut settings = self.read_settings()?;
        self.rest_if_unwanted(&mut settings);
        if settings.disabled {
            return self.disabled(&settings);
        }
        // Before anything is opened or started: a port that the running pipeline listens on would
        // be reported as the error otherwise.
        if !registry::may_install() {
            return Err(InitError::AlreadyInstalled);
        }
        #[cfg(feature = "metrics")]
        self.baggage_labels.or(&settings.baggage).check()?;
        // It goes on while exporters are created.
        let detection = self.begin_detection(&mut settings)?;
        let spans = self.make_span_exporters(&mut settings)?;
        let contexts = self.take_contexts(&settings)?;
        let tap = match registry::find() {
            Slot::StandIn(running) => return Ok(self.lend(running, &settings, contexts)),
            Slot::Free(tap) => tap,
        };
        let resource = self.merge_resource(&mut settings, detection);
        self.start(settings, spans, tap, &resource, contexts)
    }

    /// Reads the file that the program or the environment names, else the environment, and reports what of
    /// it is ignored. The command line takes precedence over it.
    fn read_settings(&mut self) -> Result<Settings, InitError> {
        #[cfg(feature = "config-file")]
        if let Some(source) = self.source.take().or_else(|| self.named_file()) {
            let mut read = file::read(&source, &self.plugins, &*self.lookup)?;
            read.warnings.iter().for_each(warn);
            let command_line = self.obey_command_line();
            read.adjust(&command_line)?;
            let levels = self.levels.is_some();
            let plugins = self.plugins.clone();
            self.in_force = Some(FileInForce::new(source, plugins, &read, levels, command_line));
            return Ok(read.settings);
        }
        #[cfg(not(feature = "config-file"))]
        if (self.lookup)(CONFIG_FILE).is_some_and(|path| !path.is_empty()) {
            let wanted = CONFIG_FILE.to_owned();
            return Err(InitError::MissingFeature { wanted, feature: "config-file" });
        }
        let env = Env::new(&*self.lookup);
        let settings = read_environment(&env);
        for warning in env.into_warnings() {
            warn(warning);
        }
        let mut settings = settings?;
        self.obey_command_line().adjust(&mut settings, &*self.lookup)?;
        Ok(settings)
    }

    #[cfg(feature = "config-file")]
    fn named_file(&self) -> Option<Source> {
        let path = (self.lookup)(CONFIG_FILE).filter(|path| !path.is_empty())?;
        Some(Source::File(path.into()))
    }

    /// Returns telemetry that records nothing, for `OTEL_SDK_DISABLED`. Contexts are still propagated.
    fn disabled(mut self, settings: &Settings) -> Result<Telemetry, InitError> {
        propagation::install(&self.take_formats(settings)?);
        #[cfg_attr(not(feature = "prometheus"), allow(unused_mut, reason = "nothing to add"))]
        let mut telemetry = Telemetry::disabled();
        #[cfg(feature = "prometheus")]
        telemetry.show(self.metrics.empty_page(&settings.metrics));
        Ok(telemetry)
    }

    /// Lends the pipeline that a test has installed to the program under test.
    fn lend(self, running: Arc<Running>, settings: &Settings, contexts: Contexts) -> Telemetry {
        contexts.install();
        #[cfg_attr(not(feature = "prometheus"), allow(unused_mut, reason = "nothing to add"))]
        let mut telemetry = Telemetry::lent(running, self.shutdown_times(settings));
        #[cfg(feature = "prometheus")]
        telemetry.show(self.metrics.empty_page(&settings.metrics));
        telemetry
    }

    fn begin_detection(&mut self, settings: &mut Settings) -> Result<Detection, InitError> {
        let configured = settings.resource.detectors.take();
        let detectors = self.detectors.take().or(configured).unwrap_or_else(Detector::defaults);
        let own = mem::take(&mut self.own_detectors);
        #[cfg(feature = "config-file")]
        let own = {
            let mut own = own;
            for plugin in &settings.resource.plugins {
                let name = plugin.name().to_owned().into();
                let detector = plugin.resource_detector()?;
                own.push(OwnDetector { name, gives_way: true, detector });
            }
            own
        };
        Ok(Detection::begin(detectors, &*self.lookup, own))
    }

    fn merge_resource(&mut self, settings: &mut Settings, detection: Detection) -> Resource {
        let configured = mem::take(&mut settings.resource);
        let mut detected = detection.finish();
        if let Some(kept) = &configured.kept {
            detected.attributes.retain(|attribute| kept.keeps(attribute.key.as_str()));
        }
        resource::merge(resource::Sources {
            detected,
            configured: configured.attributes,
            configured_name: configured.service_name,
            schema_url: configured.schema_url,
            resource: self.resource.take(),
            attributes: mem::take(&mut self.attributes),
            service_name: self.service_name.take(),
        })
    }
}

#[cfg(all(test, not(feature = "otlp-grpc")))]
mod missing_features {
    use super::*;
    use std::ffi::OsString;

    #[test]
    fn what_the_build_leaves_out_is_named() {
        let lookup =
            |name: &str| (name == "OTEL_EXPORTER_OTLP_PROTOCOL").then(|| OsString::from("grpc"));
        let error = TelemetryBuilder::new().with_env(lookup).install().err().unwrap();
        assert_eq!(
            error.to_string(),
            "OTLP over gRPC needs the cargo feature `otlp-grpc` of trace-runtime, which this build \
             leaves out"
        );
    }
}
