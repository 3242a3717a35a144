//! Reads values of a file into types of the program, and checks that no error shows a secret.
#![cfg(feature = "serde")]

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Debug;
use trace_config::model::resource::ResourceDetector;
use trace_config::{DeserializeError, Format, Reader};

/// Deserializes the properties of a plug-in; they begin at column 7 of line 6.
#[track_caller]
fn properties<T: for<'de> Deserialize<'de> + Debug>(
    properties: &str,
) -> Result<T, DeserializeError> {
    let text = format!(
        "file_format: '1.2'\nresource:\n  detection/development:\n    detectors:\n    - ours:\n       {properties}\n"
    );
    let lookup = |name: &str| (name == "HIDDEN").then(|| "hunter2".into());
    let loaded =
        Reader::new().with_variables(lookup).read_text("otel.yaml", &text, Format::Yaml).unwrap();
    let detection = loaded.configuration.resource.as_ref().unwrap().detection.as_ref().unwrap();
    let [ResourceDetector::Extension(ours)] = &detection.detectors.as_ref().unwrap()[..] else {
        panic!("{detection:?}");
    };
    ours.properties.deserialize()
}

/// Quotes its value where it does not fit.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Limits")]
struct Checked;

#[derive(Debug, Deserialize)]
struct Limits {
    least: String,
    most: String,
}

impl TryFrom<Limits> for Checked {
    type Error = String;

    fn try_from(limits: Limits) -> Result<Self, String> {
        Err(format!("{} is more than {}", limits.least, limits.most))
    }
}

#[derive(Debug, Deserialize)]
struct Flat {
    #[serde(flatten)]
    _rest: BTreeMap<String, u32>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Untagged {
    _Checked(Checked),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    #[serde(rename = "one")]
    _One { _value: u32 },
}

#[derive(Debug, Deserialize)]
enum Named {
    #[serde(rename = "token")]
    Token { _value: u32 },
    #[serde(rename = "secret")]
    Secret(Checked),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    _port: u32,
    #[serde(default)]
    _password: Option<u32>,
    #[serde(default)]
    _list: Vec<Checked>,
}

#[track_caller]
fn fails<T: for<'de> Deserialize<'de> + Debug>(text: &str) -> (String, u32, u32) {
    let error = properties::<T>(text).unwrap_err();
    (error.to_string(), error.place().line(), error.place().column())
}

const SEVERAL: &str =
    "the values do not fit; they are not shown, because some come from variables or are secrets";
const SECRET: &str = "the value of a key that names a secret does not fit";
const VARIABLE: &str = "the value of a variable does not fit";

#[test]
fn what_a_type_refuses_as_a_whole_has_its_place() {
    assert_eq!(fails::<Checked>("{ least: a, most: b }"), ("a is more than b".to_owned(), 6, 8));
    let (message, line, column) = fails::<Plain>("{ _port: 1, _list: [{ least: a, most: b }] }");
    assert_eq!((&*message, line, column), ("a is more than b", 6, 28));
    let (message, ..) = fails::<BTreeMap<String, Checked>>("{ x: { least: a, most: b } }");
    assert_eq!(message, "a is more than b");
}

#[test]
fn values_of_variables_are_not_shown_by_what_contains_them() {
    let within = "{ least: '${HIDDEN}', most: b }";
    assert_eq!(fails::<Checked>(within), (SEVERAL.to_owned(), 6, 8));
    assert_eq!(fails::<Option<Checked>>(within).0, SEVERAL);
    assert_eq!(fails::<Untagged>(within).0, SEVERAL);
    assert_eq!(fails::<Flat>("{ a: '${HIDDEN}' }").0, SEVERAL);
    assert_eq!(fails::<Tagged>("{ kind: one, _value: '${HIDDEN}' }").0, SEVERAL);
    assert_eq!(fails::<Tagged>("{ kind: '${HIDDEN}' }").0, VARIABLE);
    assert_eq!(fails::<Plain>("{ _port: 1, _list: [{ least: '${HIDDEN}', most: b }] }").0, SEVERAL);
    assert_eq!(fails::<BTreeMap<String, Checked>>(&format!("{{ x: {within} }}")).0, SEVERAL);
    assert_eq!(fails::<Plain>("{ _port: '${HIDDEN}' }").0, VARIABLE);
}

#[test]
fn secrets_are_not_shown() {
    assert_eq!(fails::<Plain>("{ _port: 1, _password: hunter2 }").0, SECRET);
    assert_eq!(
        fails::<BTreeMap<String, Vec<u32>>>("{ api_keys: [1], tokens: [hunter2] }").0,
        SECRET
    );
    assert_eq!(fails::<Named>("{ token: { _value: hunter2 } }").0, SECRET);
    assert_eq!(fails::<Named>("{ secret: { least: a, most: hunter2 } }").0, SECRET);
    assert_eq!(fails::<Flat>("{ token: hunter2 }").0, SEVERAL);
}

#[test]
fn what_shows_no_value_stays() {
    assert_eq!(fails::<Limits>("{ least: '${HIDDEN}' }").0, "missing field `most`");
    let (message, line, column) = fails::<Plain>("{ _password: 1, other: 1 }");
    assert!(message.starts_with("unknown field `other`"), "{message}");
    assert_eq!((line, column), (6, 24));
    // A value beside it is not that of a variable.
    assert_eq!(
        fails::<BTreeMap<String, u32>>("{ a: x, b: '${HIDDEN}' }"),
        ("invalid type: string \"x\", expected u32".to_owned(), 6, 13)
    );
    assert_eq!(fails::<u32>("{ a: '${HIDDEN}' }").0, "invalid type: map, expected u32");
}
