//! Checks a whole tree against the model.

mod rules;

use crate::model::describe::{Field, Kind, Limits, Name, Rest, Shape, Type, Variant};
use crate::near::{misspelt, nearest};
use crate::node::{Data, Entry, Node, Place};
use crate::parse::PROBLEMS;
use crate::problem::{Found, ProblemKind};
use crate::scalar;
use std::fmt::Write;

/// The type of a whole configuration.
const ROOT: &str = "OpenTelemetryConfiguration";

/// The maximum length of a key in a path, in characters.
const KEY: usize = 60;

/// A plug-in that the program has registered: the type of the schema that it extends, and its name.
pub(crate) type Plugins = std::collections::BTreeSet<(String, String)>;

/// Checks a value and all below it.
pub(crate) struct Checker<'a> {
    plugins: &'a Plugins,
    path: String,
    /// The key of the value that is checked: problems of an absent value are marked there.
    key_place: Option<Place>,
    /// Whether the file is of a newer version, whose keys may be unknown here.
    is_newer: bool,
    pub(crate) errors: Vec<Found>,
    pub(crate) warnings: Vec<Found>,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(plugins: &'a Plugins) -> Self {
        let (errors, warnings) = (Vec::new(), Vec::new());
        Self { plugins, path: String::new(), key_place: None, is_newer: false, errors, warnings }
    }

    /// Checks the root of a tree, which has a type.
    pub(crate) fn root(&mut self, node: &mut Node, kind: Kind) {
        self.value(node, kind, Limits::NONE);
    }

    fn value(&mut self, node: &mut Node, kind: Kind, limits: Limits) {
        if node.is_unreadable() {
            return;
        }
        let stays_text = matches!(kind, Kind::Text | Kind::Secret | Kind::AttributeValue);
        if node.is_loose() && (!stays_text || limits.null && node.as_str() == Some("")) {
            tighten(node);
        }
        if node.is_null() || node.is_empty_table() && !is_mapping(kind) {
            if !limits.null && !is_nullable(kind) {
                let expected = expected(kind, limits);
                let kind = ProblemKind::Null { expected };
                let at = self.key_place.unwrap_or(node.place());
                let found = Found { at, ..self.found(node, kind) };
                keep(&mut self.errors, found);
            }
            return;
        }
        match kind {
            Kind::Bool => self.expect(node, node.as_bool().is_some(), kind, limits),
            Kind::Integer { min, max } => {
                let is_in_range = |value: i128| {
                    value >= limits.min.map_or(min, i128::from)
                        && value <= limits.max.map_or(max, i128::from)
                };
                self.number(node, node.as_integer().map(is_in_range), kind, limits);
            }
            Kind::Number => {
                let is_in_range = |value: f64| {
                    limits.min.is_none_or(|min| value >= min as f64)
                        && limits.max.is_none_or(|max| value <= max as f64)
                };
                self.number(node, node.as_f64().map(is_in_range), kind, limits);
            }
            Kind::Text | Kind::Secret => {
                self.expect(node, node.as_str().is_some(), kind, limits);
                let path = node.as_str().filter(|_| limits.path);
                if path.is_some_and(|path| !is_absolute(path)) {
                    self.error_at(node, ProblemKind::RelativePath);
                }
            }
            Kind::AttributeValue => self.attribute_value(node, limits),
            Kind::List(of) => self.list(node, of, kind, limits),
            Kind::ByName(of) => self.by_name(node, of, kind, limits),
            Kind::Type(of) => match of.shape {
                Shape::Record { fields, rest } => self.record(node, of, fields, rest),
                Shape::Union { variants, extensible } => {
                    self.union(node, of, variants, extensible);
                }
                Shape::Names(names) => self.name(node, names, kind, limits),
            },
        }
    }

    /// Reports a value of another kind.
    fn expect(&mut self, node: &Node, is_kind: bool, kind: Kind, limits: Limits) {
        if !is_kind {
            let help = match kind {
                Kind::Text | Kind::Secret if is_scalar(node) => {
                    Some("put the value in quotes".to_owned())
                }
                Kind::Bool if matches!(node.as_str(), Some("yes" | "no" | "on" | "off")) => {
                    Some("YAML 1.2 has no other booleans than true and false".to_owned())
                }
                Kind::Integer { .. } | Kind::Number | Kind::Bool if is_quoted(node) => {
                    Some("write the value without quotes".to_owned())
                }
                Kind::List(_) if is_scalar(node) => Some("write [ ] around the value".to_owned()),
                _ => None,
            };
            let expected = expected(kind, limits);
            self.error_at(node, ProblemKind::WrongType { expected, found: found(node), help });
        }
    }

    fn number(&mut self, node: &Node, is_in_range: Option<bool>, kind: Kind, limits: Limits) {
        match is_in_range {
            None => self.expect(node, false, kind, limits),
            Some(true) => {}
            Some(false) => {
                let value = shown(node);
                let allowed = expected(kind, limits);
                self.error_at(node, ProblemKind::OutOfRange { value, allowed });
            }
        }
    }

    fn list(&mut self, node: &mut Node, of: fn() -> Kind, kind: Kind, limits: Limits) {
        let place = node.place();
        let Data::List(items) = node.data_mut() else {
            return self.expect(node, false, kind, limits);
        };
        if items.len() < limits.items {
            self.error(place, ProblemKind::TooFewItems { least: limits.items });
        }
        for (number, item) in items.iter_mut().enumerate() {
            self.within(format_args!("[{number}]"), |checker| {
                checker.value(item, of(), Limits::NONE);
            });
        }
    }

    fn by_name(&mut self, node: &mut Node, of: fn() -> Kind, kind: Kind, limits: Limits) {
        let entries = match node.data_mut() {
            Data::Mapping(entries) => entries,
            Data::EmptyTable => return,
            _ => return self.expect(node, false, kind, limits),
        };
        for entry in entries {
            self.within_entry(entry, |checker, value| checker.value(value, of(), Limits::NONE));
        }
    }

    fn record(&mut self, node: &mut Node, of: &'static Type, fields: &'static [Field], rest: Rest) {
        let place = self.key_place.unwrap_or(node.place());
        if of.schema == ROOT {
            self.file_format(node);
        }
        match node.data_mut() {
            Data::Mapping(entries) => {
                for entry in entries {
                    let key = entry.key().to_owned();
                    let key_place = entry.key_place();
                    match fields.iter().find(|field| field.key == key) {
                        Some(field) => self.within_entry(entry, |checker, value| {
                            checker.value(value, (field.kind)(), field.limits);
                        }),
                        None => self.unknown_key(&key, key_place, entry.value(), fields, rest),
                    }
                }
            }
            // Null stands for a mapping without keys, where it is allowed.
            Data::EmptyTable | Data::Null => {}
            _ => return self.expect(node, false, Kind::Type(of), Limits::NONE),
        }
        for field in fields.iter().filter(|field| field.required && node.get(field.key).is_none()) {
            let kind = ProblemKind::MissingKey { key: field.key, docs: field.docs };
            self.error(place, kind);
        }
        if rest == Rest::SomeObjects && node.entries().is_empty() {
            self.error(place, ProblemKind::OneKey { found: vec![], known: keys(fields) });
        }
        self.rules(node, of);
    }

    fn unknown_key(
        &mut self,
        key: &str,
        at: Place,
        value: &Node,
        fields: &'static [Field],
        rest: Rest,
    ) {
        // The parser has reported merge keys.
        if key == "<<" || self.errors.len() >= PROBLEMS {
            return;
        }
        let known = keys(fields);
        let nearest = match rest {
            Rest::None => nearest(key, &known),
            _ => misspelt(key, &known),
        };
        let is_extension = nearest.is_none() && rest != Rest::None;
        if matches!(rest, Rest::Objects | Rest::SomeObjects) && is_extension {
            let is_object = matches!(value.data(), Data::Mapping(_) | Data::EmptyTable);
            if !is_object && !value.is_unreadable() {
                let expected = "a mapping".to_owned();
                let kind = ProblemKind::WrongType { expected, found: found(value), help: None };
                self.within_key(key, |checker| checker.error_at(value, kind));
            }
            return;
        }
        // Keys for what the file itself needs, such as anchors.
        if is_extension && (key.starts_with("x-") || key.starts_with('.')) {
            return;
        }
        let nearest = nearest.map(str::to_owned);
        let kind = ProblemKind::UnknownKey { key: key.to_owned(), nearest, known };
        // A newer version may have keys that look like misspellings, such as those without a suffix.
        match is_extension || self.is_newer {
            true => self.warn(at, kind),
            false => self.error(at, kind),
        }
    }

    fn union(
        &mut self,
        node: &mut Node,
        of: &'static Type,
        variants: &'static [Variant],
        extensible: bool,
    ) {
        let known = || variants.iter().map(|variant| variant.key).collect::<Vec<_>>();
        let place = node.place();
        let Data::Mapping(entries) = node.data_mut() else {
            if node.is_empty_table() {
                return self.error(place, ProblemKind::OneKey { found: vec![], known: known() });
            }
            let help = node
                .as_str()
                .filter(|text| known().contains(text))
                .map(|text| format!("write `{text}` as a key, with its properties or with null"));
            let expected = format!("a mapping with one key ({})", known().join(", "));
            let kind = ProblemKind::WrongType { expected, found: found(node), help };
            return self.error_at(node, kind);
        };
        if entries.len() != 1 {
            let found: Vec<_> = entries.iter().map(|entry| entry.key().to_owned()).collect();
            let at = entries.get(1).map_or(place, |second| second.key_place());
            self.error(at, ProblemKind::OneKey { found, known: known() });
        }
        for entry in entries {
            let (key, at) = (entry.key().to_owned(), entry.key_place());
            if let Some(variant) = variants.iter().find(|variant| variant.key == key) {
                if of.schema == "MetricProducer" {
                    self.warn(at, ProblemKind::Deprecated { key: variant.key });
                }
                self.within_entry(entry, |checker, value| {
                    checker.value(value, (variant.kind)(), Limits::NONE);
                });
                continue;
            }
            let is_registered = self.plugins.contains(&(of.schema.to_owned(), key.clone()));
            let nearest = match extensible {
                true => misspelt(&key, &known()),
                false => nearest(&key, &known()),
            };
            if !is_registered && (!extensible || nearest.is_some()) {
                let nearest = nearest.map(str::to_owned);
                let kind = ProblemKind::UnknownKey { key: key.clone(), nearest, known: known() };
                if !extensible || !self.is_newer {
                    self.error(at, kind);
                    continue;
                }
                self.warn(at, kind);
            }
            let value = entry.value();
            let is_properties =
                matches!(value.data(), Data::Mapping(_) | Data::EmptyTable | Data::Null);
            if !is_properties {
                let expected = "a mapping with the properties of the plug-in".to_owned();
                let kind = ProblemKind::WrongType { expected, found: found(value), help: None };
                self.within_key(&key, |checker| checker.error_at(value, kind));
            }
        }
    }

    fn name(&mut self, node: &Node, names: &'static [Name], kind: Kind, limits: Limits) {
        let Some(text) = node.as_str() else {
            return self.expect(node, false, kind, limits);
        };
        let known: Vec<_> = names.iter().map(|name| name.text).collect();
        if !known.contains(&text) {
            let nearest = nearest(text, &known).filter(|_| node.variables().is_empty());
            let name = shown(node);
            self.error_at(node, ProblemKind::UnknownName { name, nearest, known });
        }
    }

    /// Checks the value of an entry.
    fn within_entry(&mut self, entry: &mut Entry, check: impl FnOnce(&mut Self, &mut Node)) {
        let (key, at) = (entry.key().to_owned(), entry.key_place());
        self.within_key(&key, |checker| {
            checker.key_place = Some(at);
            check(checker, entry.value_mut());
        });
    }

    fn within_key(&mut self, key: &str, check: impl FnOnce(&mut Self)) {
        let dot = if self.path.is_empty() { "" } else { "." };
        match key.char_indices().nth(KEY) {
            Some((end, _)) => self.within(format_args!("{dot}{}…", &key[..end]), check),
            None => self.within(format_args!("{dot}{key}"), check),
        }
    }

    fn within(&mut self, step: std::fmt::Arguments<'_>, check: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        let key_place = self.key_place.take();
        // Writing to a string cannot fail.
        let _ = self.path.write_fmt(step);
        check(self);
        self.path.truncate(length);
        self.key_place = key_place;
    }

    /// Reports what is wrong with a value.
    fn error_at(&mut self, node: &Node, kind: ProblemKind) {
        let found = self.found(node, kind);
        keep(&mut self.errors, found);
    }

    fn error(&mut self, at: Place, kind: ProblemKind) {
        let found = self.found_at(at, kind);
        keep(&mut self.errors, found);
    }

    fn warn(&mut self, at: Place, kind: ProblemKind) {
        let found = self.found_at(at, kind);
        keep(&mut self.warnings, found);
    }

    fn found(&self, node: &Node, kind: ProblemKind) -> Found {
        Found { variables: node.variables().to_vec(), ..self.found_at(node.place(), kind) }
    }

    fn found_at(&self, at: Place, kind: ProblemKind) -> Found {
        Found { at, kind, variables: Vec::new(), path: self.path.clone() }
    }
}

/// Adds a problem, unless there are very many.
fn keep(problems: &mut Vec<Found>, found: Found) {
    if problems.len() < PROBLEMS {
        problems.push(found);
    }
}

/// Gives a string from a reference the type that a plain scalar with its text has.
fn tighten(node: &mut Node) {
    let data = scalar::resolve(node.as_str().unwrap_or_default());
    *node.data_mut() = data;
}

/// Returns whether a path is absolute, here or on the system for which the file was written.
fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || std::path::Path::new(path).is_absolute()
}

fn keys(fields: &[Field]) -> Vec<&'static str> {
    fields.iter().map(|field| field.key).collect()
}

fn is_scalar(node: &Node) -> bool {
    !matches!(node.data(), Data::List(_) | Data::Mapping(_) | Data::EmptyTable)
}

/// Returns whether a string would be something else without its quotes.
fn is_quoted(node: &Node) -> bool {
    node.as_str().is_some_and(|text| !scalar::is_string(text))
}

/// Returns a scalar as it is shown, unless it came from a variable.
fn shown(node: &Node) -> Option<String> {
    if !node.variables().is_empty() {
        return None;
    }
    match node.data() {
        Data::String(text) => Some(text.clone()),
        Data::Integer(value) => Some(value.to_string()),
        Data::Float(value) => Some(value.to_string()),
        _ => None,
    }
}

fn is_nullable(kind: Kind) -> bool {
    matches!(kind, Kind::Type(Type { nullable: true, .. }))
}

fn is_mapping(kind: Kind) -> bool {
    match kind {
        Kind::Type(of) => !matches!(of.shape, Shape::Names(_)),
        Kind::ByName(_) => true,
        _ => false,
    }
}

/// Returns what a value is.
fn found(node: &Node) -> &'static str {
    match node.data() {
        Data::Null => "null",
        Data::Bool(_) => "a boolean",
        Data::Integer(_) => "an integer",
        Data::Float(_) => "a number",
        Data::String(_) => "a string",
        Data::List(_) => "a list",
        Data::Mapping(_) | Data::EmptyTable => "a mapping",
    }
}

/// Returns what is expected.
fn expected(kind: Kind, limits: Limits) -> String {
    let number = |what: &str| match (limits.min, limits.max) {
        (Some(min), Some(max)) => format!("{what} from {min} to {max}"),
        (Some(min), None) => format!("{what} of at least {min}"),
        (None, Some(max)) => format!("{what} of at most {max}"),
        (None, None) => what.to_owned(),
    };
    match kind {
        Kind::Bool => "true or false".to_owned(),
        Kind::Integer { min, max } if limits.min.is_none() && limits.max.is_none() => {
            format!("an integer from {min} to {max}")
        }
        Kind::Integer { .. } => number("an integer"),
        Kind::Number => number("a number"),
        Kind::Text | Kind::Secret => "a string".to_owned(),
        Kind::AttributeValue => {
            "a string, a boolean, a number, or a list of one of these".to_owned()
        }
        Kind::List(_) => "a list".to_owned(),
        Kind::ByName(_) => "a mapping".to_owned(),
        Kind::Type(of) => match of.shape {
            Shape::Record { .. } => "a mapping".to_owned(),
            Shape::Union { .. } => "a mapping with one key".to_owned(),
            Shape::Names(_) => "a string".to_owned(),
        },
    }
}
