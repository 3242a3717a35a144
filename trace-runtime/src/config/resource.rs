//! Merges the resource, which describes the program
//! ([resource SDK](https://opentelemetry.io/docs/specs/otel/resource/sdk/)).

use opentelemetry::{Key, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{ResourceDetector, TelemetryResourceDetector};

const SERVICE_NAME: &str = "service.name";

/// The sources of resource attributes.
#[derive(Default)]
pub(crate) struct Sources {
    /// `OTEL_RESOURCE_ATTRIBUTES`.
    pub(crate) env_attributes: Vec<(String, String)>,
    /// `OTEL_SERVICE_NAME`.
    pub(crate) env_service_name: Option<String>,
    /// The program's own resource and attributes.
    pub(crate) resource: Option<Resource>,
    pub(crate) attributes: Vec<KeyValue>,
    /// The name that the program gives itself.
    pub(crate) service_name: Option<String>,
}

/// Merges all sources. Later ones take precedence: detected attributes, the environment's attributes, its
/// service name, then the program's own.
pub(crate) fn merge(sources: Sources) -> Resource {
    let executable = std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .filter(|name| !name.is_empty());
    let unknown = match &executable {
        Some(name) => format!("unknown_service:{name}"),
        None => "unknown_service".to_owned(),
    };
    let mut attributes = vec![
        KeyValue::new(SERVICE_NAME, unknown),
        KeyValue::new("telemetry.distro.name", "trace-runtime"),
        KeyValue::new("telemetry.distro.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("process.pid", i64::from(std::process::id())),
    ];
    attributes.extend(executable.map(|name| KeyValue::new("process.executable.name", name)));
    attributes.extend(
        sources.env_attributes.into_iter().map(|(key, value)| KeyValue::new(Key::from(key), value)),
    );
    let named = |name: Option<String>| name.map(|name| KeyValue::new(SERVICE_NAME, name));
    attributes.extend(named(sources.env_service_name));
    let mut schema_url = None;
    if let Some(resource) = &sources.resource {
        schema_url = resource.schema_url().map(str::to_owned);
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

    #[test]
    fn the_service_name_has_its_precedence() {
        let unnamed = merge(Sources::default());
        assert!(get(&unnamed, SERVICE_NAME).starts_with("unknown_service:"));

        let from_attributes =
            || vec![(SERVICE_NAME.to_owned(), "attributes".to_owned()), ("a".into(), "b".into())];
        let resource = merge(Sources { env_attributes: from_attributes(), ..Sources::default() });
        assert_eq!(
            (get(&resource, SERVICE_NAME), get(&resource, "a")),
            ("attributes".into(), "b".into())
        );

        let named = || Some("variable".to_owned());
        let resource = merge(Sources {
            env_attributes: from_attributes(),
            env_service_name: named(),
            ..Sources::default()
        });
        assert_eq!(get(&resource, SERVICE_NAME), "variable");

        let resource = merge(Sources {
            env_attributes: from_attributes(),
            env_service_name: named(),
            service_name: Some("program".to_owned()),
            ..Sources::default()
        });
        assert_eq!(get(&resource, SERVICE_NAME), "program");
    }

    #[test]
    fn the_sender_introduces_itself() {
        let resource = merge(Sources {
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
        assert_eq!(get(&resource, "process.pid"), std::process::id().to_string());
        assert_eq!(get(&resource, "a"), "b");
        assert_eq!(resource.schema_url(), Some("https://example.com/schema"));
    }
}
