//! Reports at start-up what was set up and where it goes, on one line.

use crate::caught::caught;
use crate::config::Settings;
use crate::diagnostics;
use crate::escape;
use crate::export::Exporter;
use crate::resource;
use opentelemetry::Key;
use opentelemetry_sdk::Resource;
use std::fmt::{self, Display};

/// The length at which parts from outside are cut, in characters.
const MAX_PART: usize = 96;

/// The line, such as `telemetry: traces → console · metrics → off · logs → off · service shop 1.2.0 ·
/// sampling parentbased_always_on`.
pub(super) struct StartupLine {
    pub(super) traces: Vec<String>,
    #[cfg(feature = "metrics")]
    pub(super) metrics: Vec<String>,
    #[cfg(feature = "logs")]
    pub(super) logs: Vec<String>,
    pub(super) service: String,
    pub(super) sampling: String,
}

impl StartupLine {
    pub(super) fn print(&self) {
        diagnostics::announce(self);
    }
}

/// Returns the destination of an exporter. The exporter may be the program's own.
pub(super) fn destination(exporter: &dyn Exporter) -> String {
    caught(|| exporter.destination()).unwrap_or_else(|_| "an exporter of the program".to_owned())
}

/// Returns the service of a resource, with its version if it has one.
pub(super) fn service(resource: &Resource) -> String {
    let name = resource::service_name(resource).unwrap_or_default();
    match resource.get(&Key::from_static_str("service.version")) {
        Some(version) => format!("{name} {version}"),
        None => name,
    }
}

/// Returns the name of the sampler that the environment chooses.
pub(super) fn sampling(settings: &Settings) -> String {
    settings.sampler.as_ref().map_or("parentbased_always_on", |sampler| &sampler.name).to_owned()
}

impl Display for StartupLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "traces → {}", Destinations(&self.traces))?;
        #[cfg(feature = "metrics")]
        write!(f, " · metrics → {}", Destinations(&self.metrics))?;
        #[cfg(feature = "logs")]
        write!(f, " · logs → {}", Destinations(&self.logs))?;
        write!(f, " · service {} · sampling {}", part(&self.service), part(&self.sampling))
    }
}

struct Destinations<'a>(&'a [String]);

impl Display for Destinations<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("off");
        }
        for (index, destination) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{}", part(destination))?;
        }
        Ok(())
    }
}

fn part(text: &str) -> impl Display {
    escape::line(text).cut(MAX_PART)
}
