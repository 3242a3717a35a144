//! Reads the environment variables of the resource.

use super::common::list;
use super::reader::{Env, attributes};
use super::settings::ResourceSettings;
use crate::error::InitError;
use crate::resource::Detector;
use opentelemetry::{Key, KeyValue};

pub(super) fn read(env: &Env<'_>) -> Result<ResourceSettings, InitError> {
    let mut attributes = Vec::new();
    attributes.extend(common_name(env, "OTEL_SERVICE_VERSION", "service.version")?);
    attributes.extend(common_name(env, "OTEL_ENVIRONMENT", "deployment.environment.name")?);
    let specified = specified(env).into_iter();
    attributes.extend(specified.map(|(key, value)| KeyValue::new(Key::from(key), value)));
    Ok(ResourceSettings {
        service_name: env.text("OTEL_SERVICE_NAME")?,
        attributes,
        detectors: detectors(env)?,
        ..ResourceSettings::default()
    })
}

/// Reads a variable that many programs use, although the specification has none of this name.
fn common_name(
    env: &Env<'_>,
    variable: &'static str,
    key: &'static str,
) -> Result<Option<KeyValue>, InitError> {
    let value = env.text(variable)?;
    if value.is_some() {
        env.warn(format!(
            "{variable} is read as the attribute `{key}`; other SDKs do not read it, but all read \
             OTEL_RESOURCE_ATTRIBUTES={key}=…"
        ));
    }
    Ok(value.map(|value| KeyValue::new(key, value)))
}

/// Reads the list of attributes. If one cannot be read, all are left out, as the
/// [specification](https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable)
/// requires.
fn specified(env: &Env<'_>) -> Vec<(String, String)> {
    env.parsed(
        &["OTEL_RESOURCE_ATTRIBUTES"],
        "a list like key=value,key=value with percent-encoded values",
        Vec::new(),
        |value| attributes(value).ok(),
        |_| "nothing of it".to_owned(),
    )
}

fn detectors(env: &Env<'_>) -> Result<Option<Vec<Detector>>, InitError> {
    let each = Detector::ALL.iter().map(|detector| (detector.name(), Some(*detector)));
    let names: Vec<_> = each.chain([("all", None)]).collect();
    let chosen = list(env, "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS", &names)?;
    Ok(chosen.map(|chosen| match chosen.contains(&None) {
        true => Detector::ALL.to_vec(),
        false => chosen.into_iter().flatten().collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    fn read_from(variables: &[(&str, &str)]) -> (Result<ResourceSettings, InitError>, Vec<String>) {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let env = Env::new(&lookup);
        let settings = read(&env);
        (settings, env.into_warnings())
    }

    fn chosen(value: &str) -> (Option<Vec<Detector>>, Vec<String>) {
        let (settings, warnings) = read_from(&[("OTEL_EXPERIMENTAL_RESOURCE_DETECTORS", value)]);
        (settings.unwrap().detectors, warnings)
    }

    #[test]
    fn detectors_are_a_list() {
        assert_eq!(chosen("").0, None);
        assert_eq!(chosen("none").0, Some(Vec::new()));
        assert_eq!(chosen("host, OS,host").0, Some(vec![Detector::Host, Detector::Os]));
        assert_eq!(chosen("all").0.as_deref(), Some(Detector::ALL));
        assert_eq!(chosen("host,all").0.as_deref(), Some(Detector::ALL));
        for detector in Detector::ALL {
            assert_eq!(chosen(detector.name()), (Some(vec![*detector]), Vec::new()));
        }
        let (settings, _) = read_from(&[("OTEL_EXPERIMENTAL_RESOURCE_DETECTORS", "none,host")]);
        let refusal = settings.unwrap_err().to_string();
        assert!(
            refusal.contains("allowed: `none` alone, or a list of service, process"),
            "{refusal}"
        );
    }

    #[test]
    fn a_detector_that_is_unknown_is_named_with_the_nearest() {
        let (detectors, warnings) = chosen("kubernets,host");
        assert_eq!(detectors, Some(vec![Detector::Host]));
        let [warning] = &warnings[..] else { panic!("{warnings:?}") };
        let expected = "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS is `kubernets`: ignored; did you mean `kubernetes`?";
        assert!(warning.starts_with(expected), "{warning}");
    }

    #[test]
    fn common_variables_are_read_with_a_notice() {
        let (settings, warnings) = read_from(&[
            ("OTEL_SERVICE_VERSION", "1.2.0"),
            ("OTEL_ENVIRONMENT", "staging"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.version=2.0.0,a=b"),
        ]);
        let expected = [
            KeyValue::new("service.version", "1.2.0"),
            KeyValue::new("deployment.environment.name", "staging"),
            KeyValue::new("service.version", "2.0.0"),
            KeyValue::new("a", "b"),
        ];
        assert_eq!(settings.unwrap().attributes, expected);
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert_eq!(
            warnings[1],
            "OTEL_ENVIRONMENT is read as the attribute `deployment.environment.name`; other SDKs do not read \
             it, but all read OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=…"
        );
    }
}
