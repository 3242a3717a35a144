//! Maps the resource and its detectors.

use super::mapper::Mapper;
use crate::config::reader::attributes;
use crate::config::settings::ResourceSettings;
use crate::plugin::Kind;
use crate::resource::{Detector, NameFilter};
use crate::sampling::Glob;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use trace_config::model::AttributeValue;
use trace_config::model::common::{AttributeNameValue, AttributeType, IncludeExclude};
use trace_config::model::resource::{Resource, ResourceDetection, ResourceDetector};

pub(super) fn settings(mapper: &Mapper<'_>, section: Option<&Resource>) -> ResourceSettings {
    let mut settings =
        ResourceSettings { detectors: Some(Vec::new()), ..ResourceSettings::default() };
    let Some(section) = section else { return settings };
    if let Some(detection) = &section.detection {
        detect(mapper, &mut settings, detection);
    }
    if let Some(list) = &section.attributes_list {
        match attributes(list) {
            Ok(list) => {
                let list = list.into_iter().map(|(key, value)| KeyValue::new(key, value));
                settings.attributes.extend(list);
            }
            Err(_) => mapper.refused(
                section.at,
                Some("attributes_list"),
                "it is no list like key=value,key=value with percent-encoded values",
            ),
        }
    }
    settings.attributes.extend(section.attributes.iter().flatten().filter_map(attribute));
    settings.schema_url = section.schema_url.clone();
    settings
}

fn detect(mapper: &Mapper<'_>, settings: &mut ResourceSettings, section: &ResourceDetection) {
    let mut detectors = Vec::new();
    for detector in section.detectors.iter().flatten() {
        match detector {
            ResourceDetector::Container(_) => detectors.push(Detector::Container),
            // The schema has one detector for both.
            ResourceDetector::Host(_) => detectors.extend([Detector::Host, Detector::Os]),
            ResourceDetector::Process(_) => detectors.push(Detector::Process),
            ResourceDetector::Service(_) => {
                detectors.push(Detector::Service);
                let name = mapper.variable("OTEL_SERVICE_NAME");
                settings.attributes.extend(name.map(|name| KeyValue::new("service.name", name)));
            }
            ResourceDetector::Extension(other) => {
                match Detector::ALL.iter().find(|detector| detector.name() == other.name) {
                    Some(detector) => detectors.push(*detector),
                    None => settings.plugins.extend(mapper.plugin(Kind::ResourceDetector, other)),
                }
            }
            _ => mapper.unsupported(section.at, Some("detectors"), "a detector is left out"),
        }
    }
    let mut chosen: Vec<Detector> = Vec::new();
    for detector in detectors {
        if !chosen.contains(&detector) {
            chosen.push(detector);
        }
    }
    settings.detectors = Some(chosen);
    settings.kept = section.attributes.as_ref().map(filter);
}

fn filter(section: &IncludeExclude) -> NameFilter {
    let globs = |patterns: &[String]| patterns.iter().map(|pattern| Glob::new(pattern)).collect();
    NameFilter {
        included: section.included.as_deref().map(globs),
        excluded: section.excluded.as_deref().map(globs).unwrap_or_default(),
    }
}

/// Returns an attribute that has a value, as one of its type.
fn attribute(attribute: &AttributeNameValue) -> Option<KeyValue> {
    let is_double = |kind| attribute.kind == Some(kind);
    let value = match attribute.value.clone()? {
        AttributeValue::String(text) => text.into(),
        AttributeValue::Bool(value) => value.into(),
        AttributeValue::Int(value) if is_double(AttributeType::Double) => (value as f64).into(),
        AttributeValue::Int(value) => value.into(),
        AttributeValue::Double(value) => value.into(),
        AttributeValue::StringArray(values) => {
            Value::Array(Array::String(values.into_iter().map(StringValue::from).collect()))
        }
        AttributeValue::BoolArray(values) => Value::Array(Array::Bool(values)),
        AttributeValue::IntArray(values) if is_double(AttributeType::DoubleArray) => {
            Value::Array(Array::F64(values.into_iter().map(|value| value as f64).collect()))
        }
        AttributeValue::IntArray(values) => Value::Array(Array::I64(values)),
        AttributeValue::DoubleArray(values) => Value::Array(Array::F64(values)),
        _ => return None,
    };
    Some(KeyValue::new(attribute.name.clone(), value))
}
