//! Compares the model with the official schema: every type, property, bound and name.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

const OFFICIAL: &str = include_str!("data/opentelemetry_configuration.json");

/// Where the model differs on purpose: the place, and why.
const DIFFERENCES: [(&str, &str); 4] = [
    ("Distribution.trace-rs", "the section of this workspace"),
    (
        "ExperimentalJaegerRemoteSampler.type",
        "the schema accepts null, though two keys are required",
    ),
    ("ExperimentalPrometheusMetricExporter.port.maximum", "a port has 16 bits"),
    ("ExperimentalPrometheusMetricExporter.port.minimum", "a port has 16 bits"),
];

fn types(schema: &Value) -> Map<String, Value> {
    let mut types = schema["$defs"].as_object().unwrap().clone();
    types.insert("OpenTelemetryConfiguration".to_owned(), schema.clone());
    types
}

/// Returns the types that a type reaches, with itself.
fn reachable(types: &Map<String, Value>, root: &str) -> BTreeSet<String> {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(entries) => {
                if let Some(Value::String(of)) = entries.get("$ref") {
                    found.push(of.trim_start_matches("#/$defs/").to_owned());
                }
                let inner = entries.iter().filter(|(key, _)| *key != "$defs");
                inner.for_each(|(_, value)| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let mut reached = BTreeSet::new();
    let mut open = vec![root.to_owned()];
    while let Some(name) = open.pop() {
        if reached.insert(name.clone()) {
            references(&types[&name], &mut open);
        }
    }
    reached
}

/// Returns the facts of a type, one a line: `Type.property.keyword = value`.
fn facts(name: &str, of: &Value) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    let of = of.as_object().unwrap();
    keywords(name, of, &mut facts);
    for (property, value) in of.get("properties").and_then(Value::as_object).into_iter().flatten() {
        facts.insert(format!("{name}.{property}"));
        keywords(&format!("{name}.{property}"), value.as_object().unwrap(), &mut facts);
    }
    facts
}

fn keywords(place: &str, of: &Map<String, Value>, facts: &mut BTreeSet<String>) {
    for (keyword, value) in of {
        let text = match keyword.as_str() {
            "$comment" | "$defs" | "$schema" | "deprecated" | "description" | "properties"
            | "title" => continue,
            // Integers above 0 are those from 1.
            "exclusiveMinimum" => {
                assert_eq!((&of["type"][0], value), (&"integer".into(), &0.into()), "{place}");
                facts.insert(format!("{place}.minimum = 1"));
                continue;
            }
            "items" | "additionalProperties" if value.is_object() => {
                keywords(&format!("{place}.{keyword}"), value.as_object().unwrap(), facts);
                continue;
            }
            "oneOf" => {
                let mut forms: Vec<_> = value.as_array().unwrap().iter().map(sorted).collect();
                forms.sort();
                forms.join(" or ")
            }
            // The order has no meaning, and a list with one type is that type. Names accept null, which the
            // schema lists as a type, but not as a name.
            "enum" | "required" | "type" => {
                let items = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                let mut items: Vec<_> =
                    items.iter().filter(|item| !item.is_null()).map(ToString::to_string).collect();
                items.sort();
                items.join(", ")
            }
            _ => value.to_string(),
        };
        facts.insert(format!("{place}.{keyword} = {text}"));
    }
}

/// Returns a value with sorted keys.
fn sorted(value: &Value) -> String {
    match value.as_object() {
        Some(entries) => {
            let mut entries: Vec<_> =
                entries.iter().map(|(key, value)| format!("{key}: {}", sorted(value))).collect();
            entries.sort();
            format!("{{{}}}", entries.join(", "))
        }
        None => value.to_string(),
    }
}

#[test]
fn the_model_is_that_of_the_official_schema() {
    let official = types(&serde_json::from_str(OFFICIAL).unwrap());
    let model = types(&serde_json::from_str(&trace_config::schema()).unwrap());
    assert_eq!(official.len(), 114);

    let ours = reachable(&model, "TraceRs");
    let theirs: BTreeSet<_> = reachable(&model, "OpenTelemetryConfiguration").into_iter().collect();
    let missing: Vec<_> = official.keys().filter(|name| !theirs.contains(*name)).collect();
    assert!(missing.is_empty(), "not in the model: {missing:?}");
    let more: Vec<_> = theirs
        .iter()
        .filter(|name| !official.contains_key(*name) && !ours.contains(*name))
        .collect();
    assert!(more.is_empty(), "not in the schema: {more:?}");

    let mut found = BTreeSet::new();
    for (name, of) in &official {
        let (expected, modelled) = (facts(name, of), facts(name, &model[name]));
        found.extend(expected.symmetric_difference(&modelled).cloned());
    }
    let is_listed = |fact: &&String| DIFFERENCES.iter().any(|(place, _)| fact.starts_with(place));
    let unlisted: Vec<_> = found.iter().filter(|fact| !is_listed(fact)).collect();
    assert!(unlisted.is_empty(), "{unlisted:#?}");
    let unused: Vec<_> = DIFFERENCES
        .iter()
        .filter(|(place, _)| !found.iter().any(|fact| fact.starts_with(place)))
        .collect();
    assert!(unused.is_empty(), "no difference any more: {unused:?}");
}
