//! Writes the model as a JSON schema.

use super::json::json;
use crate::model::Configuration;
use crate::model::describe::{Field, Kind, Limits, Modelled, Rest, Shape, Type};
use crate::model::distribution::TraceRs;
use crate::node::{Data, Entry, Node};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Returns the JSON schema of a whole configuration, with what is ours in `distribution`.
pub fn schema() -> String {
    of_root(Configuration::kind())
}

/// Returns the JSON schema of the section `trace-rs` in `distribution`, for editors.
pub fn distribution_schema() -> String {
    of_root(TraceRs::kind())
}

fn of_root(kind: Kind) -> String {
    let Kind::Type(root) = kind else { return String::new() };
    let mut types: Vec<&'static Type> = vec![root];
    let mut next = 0;
    while let Some(of) = types.get(next).copied() {
        for kind in kinds_in(of) {
            if let Kind::Type(found) = innermost(kind)
                && !types.iter().any(|known| known.schema == found.schema)
            {
                types.push(found);
            }
        }
        next += 1;
    }
    types.sort_by_key(|of| of.schema);
    let defs =
        types.iter().filter(|of| of.schema != root.schema).map(|of| (of.schema, of_type(of)));
    let mut entries = vec![
        Entry::new("$schema", Node::string(DIALECT)),
        Entry::new("title", Node::string(root.schema)),
    ];
    entries.extend(of_type(root).entries().iter().cloned());
    entries.push(Entry::new("$defs", object(defs)));
    json(&Node::mapping(entries))
}

/// Returns the kinds of the values in a type.
fn kinds_in(of: &Type) -> Vec<Kind> {
    match of.shape {
        Shape::Record { fields, .. } => fields.iter().map(|field| (field.kind)()).collect(),
        Shape::Union { variants, .. } => variants.iter().map(|variant| (variant.kind)()).collect(),
        Shape::Names(_) => vec![],
    }
}

/// Returns the kind of the items of lists, and of the values of mappings.
fn innermost(kind: Kind) -> Kind {
    match kind {
        Kind::List(of) | Kind::ByName(of) => innermost(of()),
        other => other,
    }
}

fn of_type(of: &Type) -> Node {
    let mut entries = vec![Entry::new("description", Node::string(of.docs.trim()))];
    let kind = match (&of.shape, of.nullable) {
        (Shape::Names(_), _) => list(["string", "null"]),
        (_, true) => list(["object", "null"]),
        (_, false) => Node::string("object"),
    };
    entries.push(Entry::new("type", kind));
    match of.shape {
        Shape::Record { fields, rest } => {
            let others = match rest {
                Rest::None => Node::of(Data::Bool(false)),
                Rest::Any => Node::of(Data::Bool(true)),
                Rest::Objects | Rest::SomeObjects => object([("type", Node::string("object"))]),
            };
            entries.push(Entry::new("additionalProperties", others));
            if rest == Rest::SomeObjects {
                entries.push(Entry::new("minProperties", integer(1)));
            }
            let properties = fields.iter().map(|field| (field.key, of_field(field)));
            entries.push(Entry::new("properties", object(properties)));
            let required = fields.iter().filter(|field| field.required).map(|field| field.key);
            let required: Vec<_> = required.collect();
            if !required.is_empty() {
                entries.push(Entry::new("required", list(required)));
            }
        }
        Shape::Union { variants, extensible } => {
            let others = match extensible {
                true => object([("type", list(["object", "null"]))]),
                false => Node::of(Data::Bool(false)),
            };
            entries.push(Entry::new("additionalProperties", others));
            entries.push(Entry::new("minProperties", integer(1)));
            entries.push(Entry::new("maxProperties", integer(1)));
            let properties = variants.iter().map(|variant| {
                let docs = Node::string(variant.docs.trim());
                let mut property = of_kind((variant.kind)(), Limits::NONE);
                property.insert(0, Entry::new("description", docs));
                (variant.key, Node::mapping(property))
            });
            entries.push(Entry::new("properties", object(properties)));
        }
        Shape::Names(names) => {
            let mut allowed: Vec<_> = names.iter().map(|name| Node::string(name.text)).collect();
            allowed.push(Node::null());
            entries.push(Entry::new("enum", Node::of(Data::List(allowed))));
            let described = names.iter().map(|name| format!("{}: {}", name.text, name.docs.trim()));
            let described: Vec<_> = described.collect();
            entries.push(Entry::new("$comment", Node::string(described.join("\n"))));
        }
    }
    Node::mapping(entries)
}

fn of_field(field: &Field) -> Node {
    let default = match (field.required, field.default, field.otherwise) {
        (true, ..) => " Required.".to_owned(),
        (false, Some(default), _) => format!(" Default: {default}."),
        (false, None, otherwise) => format!(" Default: {}.", otherwise.unwrap_or("none")),
    };
    let docs = Node::string(format!("{}{default}", field.docs.trim()));
    let mut entries = of_kind((field.kind)(), field.limits);
    entries.insert(0, Entry::new("description", docs));
    Node::mapping(entries)
}

/// Returns the keywords for a value.
fn of_kind(kind: Kind, limits: Limits) -> Vec<Entry> {
    let typed = |name: &'static str| match limits.null {
        true => Entry::new("type", list([name, "null"])),
        false => Entry::new("type", Node::string(name)),
    };
    let mut entries = Vec::new();
    match kind {
        Kind::Bool => entries.push(typed("boolean")),
        Kind::Text | Kind::Secret => entries.push(typed("string")),
        Kind::Number => {
            entries.push(typed("number"));
            entries.extend(bounds(limits.min.map(i128::from), limits.max.map(i128::from)));
        }
        Kind::Integer { min, max } => {
            entries.push(typed("integer"));
            // The bounds of 64-bit integers are those of computers, not of the schema.
            let is_small = max < i128::from(i64::MAX);
            let min = limits.min.map(i128::from).or(is_small.then_some(min));
            let max = limits.max.map(i128::from).or(is_small.then_some(max));
            entries.extend(bounds(min, max));
        }
        Kind::AttributeValue => {
            let scalars =
                ["string", "number", "boolean"].map(|name| object([("type", Node::string(name))]));
            let null = limits.null.then(|| object([("type", Node::string("null"))]));
            let lists = ["string", "boolean", "number"].map(|name| {
                let items = object([("type", Node::string(name))]);
                object([
                    ("type", Node::string("array")),
                    ("items", items),
                    ("minItems", integer(1)),
                ])
            });
            let all = scalars.into_iter().chain(null).chain(lists).collect();
            entries.push(Entry::new("oneOf", Node::of(Data::List(all))));
        }
        Kind::List(of) => {
            entries.push(typed("array"));
            entries.push(Entry::new("minItems", integer(limits.items as i128)));
            entries.push(Entry::new("items", Node::mapping(of_kind(of(), Limits::NONE))));
        }
        Kind::ByName(of) => {
            entries.push(typed("object"));
            let values = Node::mapping(of_kind(of(), Limits::NONE));
            entries.push(Entry::new("additionalProperties", values));
        }
        Kind::Type(of) => {
            entries.push(Entry::new("$ref", Node::string(format!("#/$defs/{}", of.schema))));
        }
    }
    entries
}

fn bounds(min: Option<i128>, max: Option<i128>) -> impl Iterator<Item = Entry> {
    let bound =
        |key: &'static str, value: Option<i128>| value.map(|value| Entry::new(key, integer(value)));
    bound("minimum", min).into_iter().chain(bound("maximum", max))
}

fn integer(value: i128) -> Node {
    Node::of(Data::Integer(value))
}

fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> Node {
    Node::of(Data::List(texts.into_iter().map(Node::string).collect()))
}

fn object<'a>(entries: impl IntoIterator<Item = (&'a str, Node)>) -> Node {
    Node::mapping(entries.into_iter().map(|(key, value)| Entry::new(key, value)).collect())
}
