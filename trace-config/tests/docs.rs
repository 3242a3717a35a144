//! Compares the pages and the schema that come from the model with the committed ones; `BLESS=1` writes them.

use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

fn parsed(schema: String) -> Value {
    serde_json::from_str(&schema).unwrap()
}

/// Compares a file with what it should contain.
fn compare(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(file);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == committed, "{file} differs; BLESS=1 writes it");
}

#[test]
fn the_schema_of_the_distribution_is_committed() {
    compare("distribution.schema.json", &trace_config::distribution_schema());
}

#[test]
fn the_keys_of_the_distribution_are_listed() {
    let schema = parsed(trace_config::distribution_schema());
    let mut text = "# `distribution.trace-rs`\n\nThe section of `distribution` for what the schema of OpenTelemetry has no \
        keys for. [`distribution.schema.json`](distribution.schema.json) is its JSON schema, for editors. Durations are \
        in milliseconds, sizes in bytes, shares from 0 to 1.\n"
        .to_owned();
    table(&mut text, "trace-rs", &schema);
    for (name, of) in schema["$defs"].as_object().unwrap() {
        match of["enum"].as_array() {
            Some(names) => {
                let names = names.iter().filter_map(Value::as_str);
                let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
                writeln!(text, "\n## {name}\n\n{} {}", docs(of), names.join(", ")).unwrap();
            }
            None => table(&mut text, name, of),
        }
    }
    compare("distribution.md", &text);
}

fn docs(of: &Value) -> &str {
    of["description"].as_str().unwrap()
}

fn table(text: &mut String, name: &str, of: &Value) {
    writeln!(text, "\n## {name}\n\n{}\n\n| key | value | meaning |\n|---|---|---|", docs(of))
        .unwrap();
    for (key, property) in of["properties"].as_object().unwrap() {
        writeln!(text, "| `{key}` | {} | {} |", kind(property), docs(property)).unwrap();
    }
}

/// Returns the type of a value in words.
fn kind(of: &Value) -> String {
    if let Some(reference) = of["$ref"].as_str() {
        let name = reference.trim_start_matches("#/$defs/");
        return format!("[{name}](#{})", name.to_lowercase());
    }
    let name = of["type"].as_str().or_else(|| of["type"][0].as_str()).unwrap();
    let bounds = match (&of["minimum"], &of["maximum"]) {
        (Value::Null, Value::Null) => String::new(),
        (min, Value::Null) => format!(", at least {min}"),
        (min, max) => format!(", {min} to {max}"),
    };
    match name {
        "array" => format!("list: {}", kind(&of["items"])),
        "object" => format!("by name: {}", kind(&of["additionalProperties"])),
        other => format!("{other}{bounds}"),
    }
}

#[test]
fn the_coverage_is_listed() {
    let model = parsed(trace_config::schema());
    let support = include_str!("data/language-support.tsv");
    let mut rows = support.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let languages = rows.next().unwrap().split_off(1);
    let official: Value =
        serde_json::from_str(include_str!("data/opentelemetry_configuration.json")).unwrap();
    let mut body = String::new();
    let (mut types, mut properties) = (0, 0);
    let mut supported = vec![0; languages.len()];
    for row in rows {
        let name = row[0];
        let of = |schema: &Value| match name {
            "OpenTelemetryConfiguration" => schema.clone(),
            _ => schema["$defs"][name].clone(),
        };
        let (theirs, ours) = (of(&official), of(&model));
        let count = |of: &Value| match of["enum"].as_array() {
            Some(names) => names.iter().filter(|name| !name.is_null()).count(),
            None => of["properties"].as_object().map_or(0, serde_json::Map::len),
        };
        // Our own section is not a key of the schema.
        let read = count(&ours) - usize::from(name == "Distribution");
        assert_eq!(read, count(&theirs), "{name}");
        types += 1;
        properties += read;
        for (language, status) in supported.iter_mut().zip(&row[1..]) {
            *language += usize::from(*status == "supported");
        }
        let status = row[1..].iter().map(|status| status.replace('_', " "));
        let status: Vec<_> = status.collect();
        writeln!(body, "| `{name}` | {read} of {read} | {} |", status.join(" | ")).unwrap();
    }
    let totals: Vec<_> = supported.iter().map(|count| format!("{count} supported")).collect();
    let text = format!(
        "# Coverage of the schema\n\nThe types of OpenTelemetry's [declarative configuration] 1.2, and how many of their \
        keys or values trace-config reads and checks. What trace-runtime does with them is in its guide. The other \
        columns are what the SDKs of other languages report for their implementations, each with the version of the \
        schema that it reports: [language-support-status.md], August 2026.\n\n\
        Plug-ins extend every type that the schema allows to be extended, except `IdGenerator` and `MetricProducer`: \
        trace-runtime computes ids from counts of each thread, and the readers of the SDK read its provider alone.\n\n\
        | type | trace-config (1.2.0) | {} |\n|---|---|{}\n| {types} types | {properties} of {properties} | {} |\n{body}\n\
        [declarative configuration]: https://github.com/open-telemetry/opentelemetry-configuration\n\
        [language-support-status.md]: https://github.com/open-telemetry/opentelemetry-configuration/blob/main/language-support-status.md\n",
        languages.join(" | "),
        "---|".repeat(languages.len()),
        totals.join(" | "),
    );
    compare("coverage.md", &text);
}
