//! Tests the resource that exporters get: what is detected, configured and set by the program.
#![cfg(feature = "enabled")]

use crate::support::is_alone;
use opentelemetry::{Key, KeyValue};
use std::borrow::Cow;
use std::ffi::OsString;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};
use trace_runtime::export::{ExportError, Exporter, FinishedSpan};
use trace_runtime::resource::{Detector, Resource, ResourceDetector};
use trace_runtime::{Telemetry, TelemetryBuilder};

/// Sends the resource that it gets.
struct Resources(Sender<Resource>);

impl Exporter for Resources {
    fn name(&self) -> Cow<'static, str> {
        "resources".into()
    }

    fn set_resource(&mut self, resource: &Resource) {
        let _ = self.0.send(resource.clone());
    }

    fn export(&mut self, _: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        Ok(())
    }
}

/// Installs a pipeline with these variables; returns the resource of its exporter.
fn resource(
    variables: &'static [(&str, &str)],
    configure: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder,
) -> Resource {
    let (send, got) = channel();
    let lookup = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    };
    let builder = Telemetry::builder().with_env(lookup).with_exporter(Resources(send));
    let _telemetry = configure(builder).without_startup_line().install().unwrap();
    got.recv_timeout(Duration::from_secs(20)).unwrap()
}

fn get(resource: &Resource, key: &'static str) -> Option<String> {
    resource.get(&Key::from_static_str(key)).map(|value| value.to_string())
}

#[test]
fn the_process_is_described_by_default() {
    if !is_alone("the_process_is_described_by_default") {
        return;
    }
    let first = resource(&[], |builder| builder);
    assert_eq!(get(&first, "process.pid"), Some(std::process::id().to_string()));
    assert_eq!(get(&first, "host.id"), None);
    assert!(get(&first, "process.runtime.version").is_some() && get(&first, "os.type").is_some());
    let instance = get(&first, "service.instance.id");
    assert_eq!(instance.as_ref().map(String::len), Some(36));
    assert_eq!(get(&resource(&[], |builder| builder), "service.instance.id"), instance);
}

#[test]
fn variables_and_the_program_choose_detectors() {
    if !is_alone("variables_and_the_program_choose_detectors") {
        return;
    }
    const LAMBDA: &[(&str, &str)] = &[
        ("OTEL_EXPERIMENTAL_RESOURCE_DETECTORS", "aws_lambda"),
        ("AWS_LAMBDA_FUNCTION_NAME", "checkout"),
    ];
    let chosen = resource(LAMBDA, |builder| builder);
    assert_eq!(get(&chosen, "faas.name").as_deref(), Some("checkout"));
    assert_eq!(get(&chosen, "process.pid"), None);
    let chosen = resource(LAMBDA, |builder| builder.with_resource_detectors([Detector::Process]));
    assert_eq!(get(&chosen, "faas.name"), None);
    assert!(get(&chosen, "process.pid").is_some());
    let none = resource(LAMBDA, |builder| builder.with_resource_detectors([]));
    let keys: Vec<&str> = none.iter().map(|(key, _)| key.as_str()).collect();
    assert!(
        keys.iter().all(|key| key.starts_with("telemetry.") || *key == "service.name"),
        "{keys:?}"
    );
}

struct Rack;

impl ResourceDetector for Rack {
    fn detect(&self) -> Resource {
        let attributes = ["rack", "zone", "shelf"].map(|key| KeyValue::new(key, "detected"));
        Resource::builder_empty().with_attributes(attributes).build()
    }
}

#[test]
fn the_programs_own_detector_counts_more_than_variables() {
    if !is_alone("the_programs_own_detector_counts_more_than_variables") {
        return;
    }
    const VARIABLES: &[(&str, &str)] = &[
        ("OTEL_RESOURCE_ATTRIBUTES", "rack=variable,service.instance.id=web-1"),
        ("OTEL_SERVICE_VERSION", "1.2.0"),
        ("OTEL_ENVIRONMENT", "staging"),
    ];
    let resource = resource(VARIABLES, |builder| {
        let builder = builder.with_otel_resource_detector(Rack);
        builder.with_resource_attribute(KeyValue::new("zone", "program"))
    });
    let expected = [
        ("rack", "detected"),
        ("zone", "program"),
        ("shelf", "detected"),
        ("service.instance.id", "web-1"),
        ("service.version", "1.2.0"),
        ("deployment.environment.name", "staging"),
    ];
    for (key, value) in expected {
        assert_eq!(get(&resource, key).as_deref(), Some(value), "{key}");
    }
}

/// Never answers.
struct Hanging;

impl ResourceDetector for Hanging {
    fn detect(&self) -> Resource {
        loop {
            std::thread::park();
        }
    }
}

struct Panicking;

impl ResourceDetector for Panicking {
    fn detect(&self) -> Resource {
        panic!("no metadata service")
    }
}

#[test]
fn a_detector_that_hangs_or_panics_delays_the_program_for_a_moment() {
    if !is_alone("a_detector_that_hangs_or_panics_delays_the_program_for_a_moment") {
        return;
    }
    let begin = Instant::now();
    let resource = resource(&[], |builder| {
        let builder = builder.with_otel_resource_detector(Hanging);
        builder.with_otel_resource_detector(Panicking).with_otel_resource_detector(Rack)
    });
    assert_eq!(get(&resource, "rack").as_deref(), Some("detected"));
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}
