//! A configuration that is embedded in a value that serde reads.

use crate::node::{Data, Entry, Node};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::fmt;

/// The maximum depth of nested values, and their maximum number.
const DEPTH: usize = 64;
const NODES: usize = 100_000;

/// A configuration as a part of a program's own configuration. [`Reader::read_section`] reads it.
///
/// An empty mapping stands for null where null is allowed, as in TOML files.
///
/// ```
/// use trace_config::{Reader, Section};
///
/// #[derive(serde::Deserialize)]
/// struct Settings {
///     port: u16,
///     telemetry: Section,
/// }
///
/// let settings: Settings = toml::from_str(
///     "port = 8080
///      [telemetry]
///      file_format = '1.2'
///      log_level = 'warn'",
/// )?;
/// let loaded = Reader::new().read_section("telemetry", &settings.telemetry)?;
/// assert_eq!(loaded.configuration.log_level.unwrap().as_str(), "warn");
/// # let _ = settings.port;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`Reader::read_section`]: crate::Reader::read_section
#[derive(Clone, PartialEq)]
pub struct Section {
    pub(crate) root: Node,
}

impl fmt::Debug for Section {
    /// Shows no values: some may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Section").finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for Section {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let nodes = Cell::new(0);
        let root = Seed { depth: 0, nodes: &nodes }.deserialize(deserializer)?;
        Ok(Self { root })
    }
}

/// Reads a value within bounds.
#[derive(Clone, Copy)]
struct Seed<'a> {
    depth: usize,
    nodes: &'a Cell<usize>,
}

impl Seed<'_> {
    fn inner<E: Error>(self) -> Result<Self, E> {
        match self.depth < DEPTH {
            true => Ok(Self { depth: self.depth + 1, ..self }),
            false => Err(E::custom(format_args!("more than {DEPTH} nested values"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.nodes.set(self.nodes.get() + 1);
        if self.nodes.get() > NODES {
            return Err(D::Error::custom(format_args!("more than {NODES} values")));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a configuration")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::of(Data::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        self.visit_i128(value.into())
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Node, E> {
        Ok(Node::of(Data::Integer(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        self.visit_i128(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        Ok(Node::of(Data::Float(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        Ok(Node::string(value))
    }

    fn visit_none<E: Error>(self) -> Result<Node, E> {
        Ok(Node::null())
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::null())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Node, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let seed = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(seed)? {
            list.push(item);
        }
        Ok(Node::of(Data::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let seed = self.inner()?;
        let mut entries = Vec::new();
        let mut keys = std::collections::HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(seed)?;
            if !keys.insert(key.clone()) {
                return Err(A::Error::custom(format_args!(
                    "duplicate key `{}`",
                    key.escape_debug()
                )));
            }
            entries.push(Entry::new(key, value));
        }
        Ok(Node::of(match entries.is_empty() {
            true => Data::EmptyTable,
            false => Data::Mapping(entries),
        }))
    }
}
