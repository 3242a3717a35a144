//! Writes a configuration with every property of the schema, and reads it.

use serde_json::{Map, Value, json};
use trace_config::model::Configuration;
use trace_config::{Format, Reader};

fn schema() -> Value {
    serde_json::from_str(include_str!("data/opentelemetry_configuration.json")).unwrap()
}

/// Returns a value of a type: of the alternatives of a union the one with this number, counted round.
///
/// Nested unions get other numbers, so that different numbers lead to different alternatives at all depths.
fn value(schema: &Value, of: &Value, number: usize, depth: usize) -> Value {
    if let Some(reference) = of["$ref"].as_str() {
        let name = reference.trim_start_matches("#/$defs/");
        return named(schema, name, number, depth);
    }
    if let Some(names) = of["enum"].as_array() {
        let names: Vec<_> = names.iter().filter(|name| !name.is_null()).collect();
        return names[number % names.len()].clone();
    }
    let kind = of["type"].as_str().or_else(|| of["type"][0].as_str());
    let at_least = |key: &str, add: i64| of[key].as_i64().map(|least| least + add);
    match kind.unwrap_or_default() {
        "string" => json!(format!("text {number}")),
        "boolean" => json!(number.is_multiple_of(2)),
        "integer" => {
            let least = at_least("minimum", 0).or(at_least("exclusiveMinimum", 1)).unwrap_or(1);
            let most = of["maximum"].as_i64().unwrap_or(i64::MAX);
            json!((least + number as i64).min(most))
        }
        "number" => json!(0.25),
        "array" => json!([
            value(schema, &of["items"], number, depth),
            value(schema, &of["items"], number + 1, depth)
        ]),
        "object" if of["properties"].is_null() && of["additionalProperties"].is_object() => {
            json!({"any name": value(schema, &of["additionalProperties"], number, depth)})
        }
        "object" => object(schema, of, number, depth),
        other => panic!("{other} in {of}"),
    }
}

fn named(schema: &Value, name: &str, number: usize, depth: usize) -> Value {
    let of = &schema["$defs"][name];
    match name {
        "AttributeNameValue" => {
            let (kind, value) = [
                ("string", json!("x")),
                ("bool", json!(true)),
                ("int", json!(-7)),
                ("double", json!(1.5)),
                ("string_array", json!(["x", "y"])),
                ("bool_array", json!([true, false])),
                ("int_array", json!([1, 2])),
                ("double_array", json!([1.5, 2.5])),
            ][number % 8]
                .clone();
            json!({"name": format!("key.{number}"), "value": value, "type": kind})
        }
        "HttpTls" | "GrpcTls" => {
            let mut tls = object(schema, of, number, depth);
            for key in ["ca_file", "key_file", "cert_file"] {
                tls[key] = json!(format!("/{key}"));
            }
            tls
        }
        // Samplers contain samplers.
        "Sampler" if depth > 3 => json!({"always_on": null}),
        "ExperimentalComposableSampler" if depth > 9 => json!({"always_off": null}),
        "Distribution" => {
            let ours: Value = serde_json::from_str(&trace_config::distribution_schema()).unwrap();
            let section = object(&ours, &ours, number, 0);
            json!({"trace-rs": section, "vendor": {"key": [1, {"a": "b"}]}})
        }
        "ExperimentalLanguageSpecificInstrumentation" => json!({"library": {"key": "value"}}),
        _ => value(schema, of, number, depth + 1),
    }
}

fn object(schema: &Value, of: &Value, number: usize, depth: usize) -> Value {
    let properties = of["properties"].as_object().cloned().unwrap_or_default();
    let mut result = Map::new();
    if of["maxProperties"] == 1 {
        // A plug-in, where there can be one, is the last alternative.
        let is_extensible = of["additionalProperties"].is_object();
        let count = properties.len() + usize::from(is_extensible);
        match properties.iter().nth(number % count) {
            Some((key, property)) => {
                result.insert(key.clone(), value(schema, property, number / count, depth));
            }
            None => {
                result.insert("vendor_plugin".to_owned(), json!({"key": [1, true, null, "x"]}));
            }
        }
        return Value::Object(result);
    }
    for (at, (key, property)) in properties.iter().enumerate() {
        result.insert(key.clone(), value(schema, property, number + at, depth));
    }
    match result.is_empty() {
        // A type without properties is written as null.
        true => Value::Null,
        false => Value::Object(result),
    }
}

/// Returns a whole configuration.
fn configuration(number: usize) -> Value {
    let schema = schema();
    let mut value = object(&schema, &schema, number, 0);
    value["file_format"] = json!("1.2");
    value
}

fn read(text: &str, format: Format) -> Configuration {
    let reader = Reader::new().with_variables(|_| None);
    let loaded = reader.read_text("complete", text, format);
    loaded.unwrap_or_else(|error| panic!("{error}\n{text}")).configuration
}

#[test]
fn every_property_is_in_the_model() {
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..150 {
        let value = configuration(number);
        let model = read(&value.to_string(), Format::Json);
        let written: Value = serde_json::from_str(&model.to_json()).unwrap();
        assert_eq!(written, value, "{number}");
        keys(&value, &mut seen);
    }
    // Each property of the schema was in one of them.
    let schema: Value = serde_json::from_str(&trace_config::schema()).unwrap();
    let types = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    let mut all = std::collections::BTreeSet::new();
    for of in types {
        all.extend(of["properties"].as_object().into_iter().flatten().map(|(key, _)| key.clone()));
    }
    let missing: Vec<_> = all.difference(&seen).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn keys(value: &Value, seen: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                seen.insert(key.clone());
                keys(value, seen);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, seen)),
        _ => {}
    }
}

#[test]
fn yaml_that_is_written_is_read_again() {
    for number in 0..150 {
        let model = read(&configuration(number).to_string(), Format::Json);
        let again = read(&model.to_yaml(), Format::Yaml);
        assert_eq!(again, model, "{}", model.to_yaml());
    }
}

#[test]
fn every_default_is_that_of_the_schema() {
    let ours: Value = serde_json::from_str(&trace_config::schema()).unwrap();
    let official = schema();
    let mut count = 0;
    for (name, of) in official["$defs"].as_object().unwrap() {
        for (key, property) in of["properties"].as_object().into_iter().flatten() {
            let described = property["description"].as_str().unwrap();
            let omitted = described.split("If omitted or null, ").nth(1);
            let omitted = omitted.or_else(|| described.split("If omitted, ").nth(1));
            let Some((default, _)) = omitted.and_then(|text| text.split_once(" is used")) else {
                continue;
            };
            let default = default.split(" (").next().unwrap().to_lowercase();
            if default.contains(' ') || default == "randomidgenerator" {
                continue;
            }
            count += 1;
            let description =
                ours["$defs"][name]["properties"][key]["description"].as_str().unwrap();
            let expected = format!("Default: {default}.");
            assert!(
                description.to_lowercase().contains(&expected.to_lowercase()),
                "{name}.{key}: {description}, not {default}"
            );
        }
    }
    assert!(count > 75, "{count}");
}
