//! Describes the build as autometrics does: its dashboards join all other series with this one.

use super::observe::observable;
use opentelemetry::metrics::Meter;
use opentelemetry::{Key, KeyValue};
use opentelemetry_sdk::Resource;

/// The attributes of `build_info`.
pub(crate) struct Build(Vec<KeyValue>);

impl Build {
    /// From the resource, unless the environment has what autometrics reads.
    pub(crate) fn new(resource: &Resource, env: impl Fn(&str) -> Option<String>) -> Self {
        const SOURCES: [(&str, &str, &str); 4] = [
            ("version", "AUTOMETRICS_VERSION", "service.version"),
            ("commit", "AUTOMETRICS_COMMIT", "vcs.ref.head.revision"),
            ("branch", "AUTOMETRICS_BRANCH", "vcs.ref.head.name"),
            ("service.name", "AUTOMETRICS_SERVICE_NAME", "service.name"),
        ];
        let attributes = SOURCES.into_iter().filter_map(|(label, variable, attribute)| {
            let told = || resource.get(&Key::from_static_str(attribute)).map(|it| it.to_string());
            Some(KeyValue::new(label, env(variable).or_else(told)?))
        });
        Self(attributes.collect())
    }

    pub(super) fn register(self, meter: &Meter) {
        type Tell<'a> = &'a mut dyn FnMut(f64, &[KeyValue]);
        observable!(
            meter,
            f64_observable_gauge,
            "build_info",
            "",
            "Which build this is: always 1, with version, commit and branch as labels",
            move |tell: Tell<'_>| tell(1.0, &self.0)
        );
    }
}
