//! The tree that files are parsed into: values with their places.

use crate::secrets::is_secret_key;
use std::fmt;

/// A place in a file. It takes no part in comparisons: values from different places are equal.
#[derive(Clone, Copy, Default)]
pub struct Place {
    /// The number of the value in its file, from 1; 0 for a value that was not read.
    id: u32,
    line: u32,
    column: u32,
    /// The number of characters that are marked.
    width: u32,
}

impl Place {
    pub(crate) fn new(id: u32, line: u32, column: u32, width: u32) -> Self {
        Self { id, line, column, width }
    }

    /// Returns the line, from 1; 0 for a value that was not read from a file.
    pub fn line(self) -> u32 {
        self.line
    }

    /// Returns the column in characters, from 1; 0 for a value that was not read from a file.
    pub fn column(self) -> u32 {
        self.column
    }

    pub(crate) fn width(self) -> u32 {
        self.width
    }

    pub(crate) fn id(self) -> u32 {
        self.id
    }

    /// Returns a part of the place of a scalar: behind its quote, `offset` characters on.
    pub(crate) fn within(self, offset: usize, width: usize, is_quoted: bool) -> Self {
        let start = u32::try_from(offset + usize::from(is_quoted)).unwrap_or(u32::MAX);
        match start < self.width {
            true => Self {
                column: self.column.saturating_add(start),
                width: u32::try_from(width).unwrap_or(u32::MAX).min(self.width - start),
                ..self
            },
            false => self,
        }
    }
}

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Place {}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str("nowhere"),
            line => write!(f, "{line}:{}", self.column),
        }
    }
}

/// A value of a file, such as the properties of a plug-in.
///
/// Values are compared without their places.
#[derive(Clone)]
pub struct Node {
    data: Data,
    place: Place,
    /// The variables that were substituted into it. Values from variables are never shown.
    variables: Vec<String>,
    /// Whether it is a string of a format without plain scalars, and came from a reference: it stands for
    /// what is expected in its place.
    is_loose: bool,
    /// Whether the value of a variable is the whole value.
    is_whole: bool,
    /// Whether it could not be read, which was reported.
    is_unreadable: bool,
}

/// The size of a value, with all that it contains.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    pub(crate) nodes: usize,
    /// In bytes.
    pub(crate) text: usize,
    pub(crate) depth: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    String(String),
    List(Vec<Node>),
    Mapping(Vec<Entry>),
    /// An empty table of TOML, which stands for null where no mapping is expected.
    #[cfg_attr(
        not(any(feature = "serde", feature = "toml")),
        expect(dead_code, reason = "only these have tables")
    )]
    EmptyTable,
}

/// A key of a mapping, and its value.
#[derive(Clone, PartialEq)]
pub struct Entry {
    key: String,
    key_place: Place,
    value: Node,
}

impl Entry {
    pub(crate) fn new(key: impl Into<String>, value: Node) -> Self {
        Self { key: key.into(), key_place: Place::default(), value }
    }

    pub(crate) fn at(key: String, key_place: Place, value: Node) -> Self {
        Self { key, key_place, value }
    }

    /// Returns the key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the place of the key.
    pub fn key_place(&self) -> Place {
        self.key_place
    }

    /// Returns the value.
    pub fn value(&self) -> &Node {
        &self.value
    }

    pub(crate) fn value_mut(&mut self) -> &mut Node {
        &mut self.value
    }
}

impl Node {
    /// Returns null.
    pub fn null() -> Self {
        Self::of(Data::Null)
    }

    /// Returns a string.
    pub fn string(text: impl Into<String>) -> Self {
        Self::of(Data::String(text.into()))
    }

    pub(crate) fn mapping(entries: Vec<Entry>) -> Self {
        Self::of(Data::Mapping(entries))
    }

    pub(crate) fn of(data: Data) -> Self {
        Self::at(data, Place::default())
    }

    pub(crate) fn at(data: Data, place: Place) -> Self {
        Self {
            data,
            place,
            variables: Vec::new(),
            is_loose: false,
            is_whole: false,
            is_unreadable: false,
        }
    }

    pub(crate) fn with_variables(mut self, variables: Vec<String>) -> Self {
        self.variables = variables;
        self
    }

    pub(crate) fn whole(mut self, is_whole: bool) -> Self {
        self.is_whole = is_whole;
        self
    }

    pub(crate) fn loose(mut self, is_loose: bool) -> Self {
        self.is_loose = is_loose;
        self
    }

    pub(crate) fn unreadable(mut self) -> Self {
        self.is_unreadable = true;
        self
    }

    pub(crate) fn is_loose(&self) -> bool {
        self.is_loose
    }

    pub(crate) fn is_unreadable(&self) -> bool {
        self.is_unreadable
    }

    /// Returns the size of the value. Values are nested within a bound.
    pub(crate) fn size(&self) -> Size {
        let of = |children: &mut dyn Iterator<Item = &Node>, text| {
            let mut size = Size { nodes: 1, text, depth: 1 };
            for child in children {
                let child = child.size();
                size.nodes += child.nodes;
                size.text += child.text;
                size.depth = size.depth.max(1 + child.depth);
            }
            size
        };
        match &self.data {
            Data::String(text) => Size { nodes: 1, text: text.len(), depth: 0 },
            Data::List(items) => of(&mut items.iter(), 0),
            Data::Mapping(entries) => {
                let keys = entries.iter().map(|entry| entry.key.len()).sum();
                of(&mut entries.iter().map(|entry| &entry.value), keys)
            }
            _ => Size { nodes: 1, text: 0, depth: 0 },
        }
    }

    pub(crate) fn data(&self) -> &Data {
        &self.data
    }

    pub(crate) fn data_mut(&mut self) -> &mut Data {
        &mut self.data
    }

    pub(crate) fn variables(&self) -> &[String] {
        &self.variables
    }

    /// Returns the variable whose value is the whole value.
    pub(crate) fn whole_variable(&self) -> Option<&str> {
        match self.variables.as_slice() {
            [variable] if self.is_whole => Some(variable),
            _ => None,
        }
    }

    /// Returns the place of the value.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Returns whether the value is null.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    pub(crate) fn is_empty_table(&self) -> bool {
        matches!(self.data, Data::EmptyTable)
    }

    /// Returns a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Returns an integer. A number such as `1.0` is one.
    pub fn as_integer(&self) -> Option<i128> {
        match self.data {
            Data::Integer(value) => Some(value),
            // Beyond 2^53, not every integer is a floating-point number.
            Data::Float(value) if value.fract() == 0.0 && value.abs() <= (1u64 << 53) as f64 => {
                Some(value as i128)
            }
            _ => None,
        }
    }

    /// Returns a number.
    pub fn as_f64(&self) -> Option<f64> {
        match self.data {
            Data::Integer(value) => Some(value as f64),
            Data::Float(value) => Some(value),
            _ => None,
        }
    }

    /// Returns a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the items of a list.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the entries of a mapping; of anything else, none.
    pub fn entries(&self) -> &[Entry] {
        match &self.data {
            Data::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// Returns the entry of a mapping with one key.
    pub(crate) fn only_entry(&self) -> Option<&Entry> {
        match self.entries() {
            [entry] => Some(entry),
            _ => None,
        }
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match is_secret_key(&self.key) {
            true => write!(f, "{}: ***", self.key),
            false => write!(f, "{}: {:?}", self.key, self.value),
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.variables.is_empty() {
            true => self.data.fmt(f),
            false => f.write_str("***"),
        }
    }
}
