//! Checks the rules that the schema states in words.

use super::{Checker, expected, found, is_quoted, is_scalar, tighten};
use crate::model::common::AttributeType;
use crate::model::describe::{Kind, Limits, Modelled, Type};
use crate::node::{Data, Node};
use crate::problem::ProblemKind;

/// The version of the schema that the model describes.
const VERSION: (u64, u64) = (1, 2);

impl Checker<'_> {
    /// Checks the version of the schema, before all else.
    pub(super) fn file_format(&mut self, node: &Node) {
        let Some(version) = node.get("file_format") else { return };
        let Some(text) = version.as_str() else { return };
        let shown = match version.variables().is_empty() {
            true => text.to_owned(),
            false => "***".to_owned(),
        };
        let kind = match parsed(text) {
            None => ProblemKind::NoVersion,
            Some((major, _)) if major != VERSION.0 => ProblemKind::MajorVersion { version: shown },
            Some(read) if read > VERSION => {
                self.is_newer = true;
                let kind = ProblemKind::NewerVersion { version: shown };
                return self
                    .within_key("file_format", |checker| checker.warn(version.place(), kind));
            }
            Some(_) => return,
        };
        self.within_key("file_format", |checker| checker.error_at(version, kind));
    }

    /// Checks what the keys of a record have to do with each other.
    pub(super) fn rules(&mut self, node: &mut Node, of: &Type) {
        match of.schema {
            "AttributeNameValue" => self.attribute(node),
            "HttpTls" | "GrpcTls" => self.client_certificate(node),
            _ => {}
        }
    }

    /// Checks that a value has the type beside it, and converts numbers to it.
    fn attribute(&mut self, node: &mut Node) {
        let kind = node.get("type").filter(|kind| !kind.is_null() && !kind.is_empty_table());
        let named = match kind {
            None => Some(AttributeType::String),
            Some(kind) => AttributeType::read(kind),
        };
        let Some(named) = named else { return };
        let Data::Mapping(entries) = node.data_mut() else { return };
        let Some(entry) = entries.iter_mut().find(|entry| entry.key() == "value") else { return };
        let value = entry.value_mut();
        if value.is_null() || value.is_empty_table() || value.is_unreadable() || !is_value(value) {
            return;
        }
        if convert(value, named).is_some() {
            return;
        }
        let expected = format!("a value of type {}", named.as_str());
        let help = match (named, kind_of(value)) {
            (AttributeType::String, Some(kind)) => {
                Some(format!("put the value in quotes, or add `type: {}`", kind.as_str()))
            }
            _ if is_quoted(value) => Some("write the value without quotes".to_owned()),
            _ => None,
        };
        let kind = ProblemKind::WrongType { expected, found: found(value), help };
        let value = value.clone();
        self.within_key("value", |checker| checker.error_at(&value, kind));
    }

    /// Checks that a client's certificate and key come together.
    fn client_certificate(&mut self, node: &Node) {
        let has =
            |key| node.get(key).is_some_and(|value| !value.is_null() && !value.is_empty_table());
        let pair = match (has("key_file"), has("cert_file")) {
            (true, false) => ("key_file", "cert_file"),
            (false, true) => ("cert_file", "key_file"),
            _ => return,
        };
        if let Some(value) = node.get(pair.0) {
            let kind = ProblemKind::Alone { key: pair.0, other: pair.1 };
            self.within_key(pair.0, |checker| checker.error_at(value, kind));
        }
    }

    /// Checks a value that an attribute can have.
    pub(super) fn attribute_value(&mut self, node: &mut Node, limits: Limits) {
        if node.items().is_some_and(<[Node]>::is_empty) {
            return self.error(node.place(), ProblemKind::TooFewItems { least: 1 });
        }
        if !is_value(node) {
            let expected = expected(Kind::AttributeValue, limits);
            let help = node.items().map(|_| "the items of a list have one type".to_owned());
            let kind = ProblemKind::WrongType { expected, found: found(node), help };
            self.error_at(node, kind);
        }
    }
}

/// Returns the major and the minor number of a version such as `1.2` or `1.0-rc.2`.
fn parsed(version: &str) -> Option<(u64, u64)> {
    let numbers = version.split('-').next()?;
    let mut parts = numbers.split('.');
    let number = |part: &str| {
        let is_number = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| part.parse().ok()).flatten()
    };
    let (major, minor) = (number(parts.next()?)?, number(parts.next()?)?);
    let has_patch = parts.next().map(number);
    (has_patch != Some(None) && parts.next().is_none()).then_some((major, minor))
}

/// Returns whether an attribute can have the value. The type of one from a reference may be open still.
fn is_value(node: &Node) -> bool {
    let is_open = |items: &[Node]| items.iter().any(Node::is_loose) && items.iter().all(is_scalar);
    kind_of(node).is_some() || node.items().is_some_and(is_open)
}

/// Returns the type of a value.
fn kind_of(node: &Node) -> Option<AttributeType> {
    Some(match node.data() {
        Data::String(_) => AttributeType::String,
        Data::Bool(_) => AttributeType::Bool,
        Data::Integer(_) => AttributeType::Int,
        Data::Float(_) => AttributeType::Double,
        Data::List(items) => {
            let all = |is: fn(&Data) -> bool| items.iter().all(|item| is(item.data()));
            let is_number = |data: &Data| matches!(data, Data::Integer(_) | Data::Float(_));
            match items.first()?.data() {
                Data::String(_) if all(|data| matches!(data, Data::String(_))) => {
                    AttributeType::StringArray
                }
                Data::Bool(_) if all(|data| matches!(data, Data::Bool(_))) => {
                    AttributeType::BoolArray
                }
                Data::Integer(_) if all(|data| matches!(data, Data::Integer(_))) => {
                    AttributeType::IntArray
                }
                Data::Integer(_) | Data::Float(_) if all(is_number) => AttributeType::DoubleArray,
                _ => return None,
            }
        }
        Data::Null | Data::Mapping(_) | Data::EmptyTable => return None,
    })
}

/// Gives numbers the type that is named. `None`: the value does not have it.
fn convert(node: &mut Node, named: AttributeType) -> Option<()> {
    let integer = |node: &mut Node| {
        let value = i64::try_from(node.as_integer()?).ok()?;
        *node.data_mut() = Data::Integer(i128::from(value));
        Some(())
    };
    let double = |node: &mut Node| {
        let value = node.as_f64()?;
        *node.data_mut() = Data::Float(value);
        Some(())
    };
    let is_text = matches!(named, AttributeType::String | AttributeType::StringArray);
    if !is_text {
        let items = match node.data_mut() {
            Data::List(items) => items.as_mut_slice(),
            _ => std::slice::from_mut(node),
        };
        items.iter_mut().filter(|item| item.is_loose()).for_each(tighten);
    }
    match named {
        AttributeType::Int => integer(node),
        AttributeType::Double => double(node),
        AttributeType::IntArray | AttributeType::DoubleArray => {
            let Data::List(items) = node.data_mut() else { return None };
            let convert: &dyn Fn(&mut Node) -> Option<()> = match named {
                AttributeType::IntArray => &integer,
                _ => &double,
            };
            items.iter_mut().try_for_each(convert)
        }
        _ => (kind_of(node) == Some(named)).then_some(()),
    }
}
