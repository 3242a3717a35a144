//! Merges the resource, which describes the program
//! ([resource SDK](https://opentelemetry.io/docs/specs/otel/resource/sdk/)).

use super::detection::Detected;
use super::{Resource, ResourceDetector};
use opentelemetry::{Key, KeyValue};
use opentelemetry_sdk::resource::TelemetryResourceDetector;

const SERVICE_NAME: &str = "service.name";

/// The sources of resource attributes, from the one that gives way to the one that takes precedence.
#[derive(Default)]
pub(crate) struct Sources {
    pub(crate) detected: Detected,
    /// Those of the environment or of the file.
    pub(crate) configured: Vec<KeyValue>,
    /// The name of the service in `OTEL_SERVICE_NAME`.
    pub(crate) configured_name: Option<String>,
    pub(crate) schema_url: Option<String>,
    /// The program's own resource and attributes.
    pub(crate) resource: Option<Resource>,
    pub(crate) attributes: Vec<KeyValue>,
    /// The name that the program gives itself.
    pub(crate) service_name: Option<String>,
}

/// Merges all sources. The program's own detectors count as its own attributes.
pub(crate) fn merge(sources: Sources) -> Resource {
    let executable = std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .filter(|name| !name.is_empty());
    let unknown = match executable {
        Some(name) => format!("unknown_service:{name}"),
        None => "unknown_service".to_owned(),
    };
    let mut attributes = vec![
        KeyValue::new(SERVICE_NAME, unknown),
        KeyValue::new("telemetry.distro.name", "trace-runtime"),
        KeyValue::new("telemetry.distro.version", env!("CARGO_PKG_VERSION")),
    ];
    attributes.extend(sources.detected.attributes);
    attributes.extend(sources.configured);
    let named = |name: Option<String>| name.map(|name| KeyValue::new(SERVICE_NAME, name));
    attributes.extend(named(sources.configured_name));
    let mut schema_url = sources.schema_url;
    for resource in sources.detected.own.into_iter().chain(sources.resource) {
        if let Some(url) = resource.schema_url() {
            schema_url = Some(url.to_owned());
        }
        attributes
            .extend(resource.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())));
    }
    attributes.extend(sources.attributes);
    attributes.extend(named(sources.service_name));

    let detected = TelemetryResourceDetector.detect();
    let builder = Resource::builder_empty().with_attributes(
        detected.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())),
    );
    match schema_url {
        Some(url) => builder.with_schema_url(attributes, url),
        None => builder.with_attributes(attributes),
    }
    .build()
}

/// Returns the name of the service in a resource.
pub(crate) fn service_name(resource: &Resource) -> Option<String> {
    resource.get(&Key::from_static_str("service.name")).map(|name| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(resource: &Resource, key: &'static str) -> String {
        resource.get(&Key::from_static_str(key)).map(|value| value.to_string()).unwrap_or_default()
    }

    fn named(name: &'static str) -> Resource {
        Resource::builder_empty().with_attribute(KeyValue::new(SERVICE_NAME, name)).build()
    }

    #[test]
    fn every_source_has_its_precedence() {
        let unnamed = merge(Sources::default());
        assert!(get(&unnamed, SERVICE_NAME).starts_with("unknown_service:"));
        type Add = fn(&mut Sources);
        let sources: [(&str, Add); 7] = [
            ("detected", |it| {
                it.detected.attributes = vec![KeyValue::new(SERVICE_NAME, "detected")]
            }),
            ("configured", |it| it.configured = vec![KeyValue::new(SERVICE_NAME, "configured")]),
            ("variable", |it| it.configured_name = Some("variable".to_owned())),
            ("own detector", |it| it.detected.own = vec![named("own detector")]),
            ("resource", |it| it.resource = Some(named("resource"))),
            ("attribute", |it| it.attributes = vec![KeyValue::new(SERVICE_NAME, "attribute")]),
            ("program", |it| it.service_name = Some("program".to_owned())),
        ];
        for count in 1..=sources.len() {
            let mut all = Sources::default();
            sources[..count].iter().for_each(|(_, add)| add(&mut all));
            let resource = merge(all);
            assert_eq!(get(&resource, SERVICE_NAME), sources[count - 1].0);
            assert_eq!(service_name(&resource).as_deref(), Some(sources[count - 1].0));
        }
    }

    #[test]
    fn the_sender_introduces_itself() {
        let resource = merge(Sources {
            schema_url: Some("https://example.com/configured".to_owned()),
            resource: Some(
                Resource::builder_empty()
                    .with_schema_url([KeyValue::new("a", "b")], "https://example.com/schema")
                    .build(),
            ),
            ..Sources::default()
        });
        assert_eq!(get(&resource, "telemetry.sdk.name"), "opentelemetry");
        assert_eq!(get(&resource, "telemetry.sdk.language"), "rust");
        assert_eq!(get(&resource, "telemetry.distro.name"), "trace-runtime");
        assert_eq!(get(&resource, "a"), "b");
        assert_eq!(resource.schema_url(), Some("https://example.com/schema"));
    }
}
