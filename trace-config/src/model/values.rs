//! Values that are not records: scalars, lists, secrets, attributes, plug-ins.

use super::describe::{Kind, Modelled};
use crate::node::{Data, Entry, Node, Place};
use std::fmt;

/// Text that `Debug` does not show, such as the value of a header.
#[derive(Clone)]
pub struct Secret {
    text: String,
    /// The variable that it came from.
    variable: Option<String>,
}

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), variable: None }
    }

    /// Hides the value of a variable. In a YAML file, a reference to the variable stands for it.
    pub fn of_variable(variable: impl Into<String>, text: impl Into<String>) -> Self {
        Self { text: text.into(), variable: Some(variable.into()) }
    }

    /// Returns the text.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AttributeValue {
    /// A string.
    String(String),
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// A list of strings.
    StringArray(Vec<String>),
    /// A list of booleans.
    BoolArray(Vec<bool>),
    /// A list of integers.
    IntArray(Vec<i64>),
    /// A list of floating-point numbers.
    DoubleArray(Vec<f64>),
}

/// Values by name, in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct ByName<T>(Vec<(String, T)>);

impl<T> Default for ByName<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByName<T> {
    /// Returns the value of a name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Returns the names and their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Sets the value of a name.
    pub fn insert(&mut self, name: impl Into<String>, value: T) {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// Returns whether there are no names.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A name that the schema does not define, such as that of a plug-in, with its properties.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Extension {
    /// The place of the name.
    pub at: Place,
    /// The name.
    pub name: String,
    /// The properties, or null.
    pub properties: Node,
}

impl Extension {
    /// Creates an extension.
    pub fn new(name: impl Into<String>, properties: Node) -> Self {
        Self { at: Place::default(), name: name.into(), properties }
    }

    /// Reads an entry whose key is a name.
    pub(crate) fn of(entry: &Entry) -> Self {
        Self {
            at: entry.key_place(),
            name: entry.key().to_owned(),
            properties: entry.value().clone(),
        }
    }

    /// Returns the entries of a record whose keys its type does not define.
    pub(crate) fn beside(node: &Node, kind: Kind) -> Vec<Self> {
        let Kind::Type(of) = kind else { return Vec::new() };
        let is_known = |key: &str| of.fields().iter().any(|field| field.key == key);
        node.entries().iter().filter(|entry| !is_known(entry.key())).map(Self::of).collect()
    }

    /// Returns the extension as an entry of a mapping.
    pub(crate) fn entry(&self) -> Entry {
        Entry::new(&self.name, self.properties.clone())
    }
}

impl Modelled for bool {
    fn kind() -> Kind {
        Kind::Bool
    }

    fn read(node: &Node) -> Option<Self> {
        node.as_bool()
    }

    fn write(&self) -> Node {
        Node::of(Data::Bool(*self))
    }
}

macro_rules! integers {
    ($($ty:ty),+) => {$(
        impl Modelled for $ty {
            fn kind() -> Kind {
                Kind::Integer { min: <$ty>::MIN as i128, max: <$ty>::MAX as i128 }
            }

            fn read(node: &Node) -> Option<Self> {
                <$ty>::try_from(node.as_integer()?).ok()
            }

            fn write(&self) -> Node {
                Node::of(Data::Integer(i128::from(*self)))
            }
        }
    )+};
}

integers!(u16, u64, i64);

impl Modelled for f64 {
    fn kind() -> Kind {
        Kind::Number
    }

    fn read(node: &Node) -> Option<Self> {
        node.as_f64()
    }

    fn write(&self) -> Node {
        Node::of(Data::Float(*self))
    }
}

impl Modelled for String {
    fn kind() -> Kind {
        Kind::Text
    }

    fn read(node: &Node) -> Option<Self> {
        node.as_str().map(str::to_owned)
    }

    fn write(&self) -> Node {
        Node::string(self)
    }
}

impl Modelled for Secret {
    fn kind() -> Kind {
        Kind::Secret
    }

    fn read(node: &Node) -> Option<Self> {
        let text = node.as_str()?.to_owned();
        // A reference stands for a whole value, not for a part of it.
        let variable = node.whole_variable().map(str::to_owned);
        Some(Self { text, variable })
    }

    fn write(&self) -> Node {
        let variables: Vec<_> = self.variable.iter().cloned().collect();
        let is_whole = !variables.is_empty();
        Node::string(self.expose()).with_variables(variables).whole(is_whole)
    }
}

impl<T: Modelled> Modelled for Box<T> {
    const NULLABLE: bool = T::NULLABLE;
    const MAPPING: bool = T::MAPPING;

    fn kind() -> Kind {
        T::kind()
    }

    fn read(node: &Node) -> Option<Self> {
        T::read(node).map(Self::new)
    }

    fn write(&self) -> Node {
        T::write(self)
    }
}

impl<T: Modelled> Modelled for Option<T> {
    const NULLABLE: bool = true;
    const MAPPING: bool = T::MAPPING;

    fn kind() -> Kind {
        T::kind()
    }

    fn read(node: &Node) -> Option<Self> {
        match node.is_null() || node.is_empty_table() && !T::MAPPING {
            true => Some(None),
            false => T::read(node).map(Some),
        }
    }

    fn write(&self) -> Node {
        self.as_ref().map_or_else(Node::null, T::write)
    }
}

impl<T: Modelled> Modelled for Vec<T> {
    fn kind() -> Kind {
        Kind::List(T::kind)
    }

    fn read(node: &Node) -> Option<Self> {
        node.items()?.iter().map(T::read).collect()
    }

    fn write(&self) -> Node {
        Node::of(Data::List(self.iter().map(T::write).collect()))
    }
}

impl<T: Modelled> Modelled for ByName<T> {
    const MAPPING: bool = true;

    fn kind() -> Kind {
        Kind::ByName(T::kind)
    }

    fn read(node: &Node) -> Option<Self> {
        let value = |entry: &Entry| Some((entry.key().to_owned(), T::read(entry.value())?));
        node.entries().iter().map(value).collect::<Option<_>>().map(Self)
    }

    fn write(&self) -> Node {
        Node::mapping(self.iter().map(|(name, value)| Entry::new(name, value.write())).collect())
    }
}

impl Modelled for AttributeValue {
    fn kind() -> Kind {
        Kind::AttributeValue
    }

    fn read(node: &Node) -> Option<Self> {
        Some(match node.data() {
            Data::String(text) => Self::String(text.clone()),
            Data::Bool(value) => Self::Bool(*value),
            Data::Integer(value) => Self::Int(i64::try_from(*value).ok()?),
            Data::Float(value) => Self::Double(*value),
            Data::List(items) => match items.first()?.data() {
                Data::String(_) => Self::StringArray(Modelled::read(node)?),
                Data::Bool(_) => Self::BoolArray(Modelled::read(node)?),
                _ if items.iter().all(|item| matches!(item.data(), Data::Integer(_))) => {
                    Self::IntArray(Modelled::read(node)?)
                }
                _ => Self::DoubleArray(Modelled::read(node)?),
            },
            Data::Null | Data::Mapping(_) | Data::EmptyTable => return None,
        })
    }

    fn write(&self) -> Node {
        match self {
            Self::String(value) => value.write(),
            Self::Bool(value) => value.write(),
            Self::Int(value) => value.write(),
            Self::Double(value) => value.write(),
            Self::StringArray(values) => values.write(),
            Self::BoolArray(values) => values.write(),
            Self::IntArray(values) => values.write(),
            Self::DoubleArray(values) => values.write(),
        }
    }
}
