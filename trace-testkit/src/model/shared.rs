//! Holds what all signals have in common: attributes, instrumentation scope, resource.

use super::value::AttributeValue;

/// A key and its value.
pub type Attribute = (String, AttributeValue);

/// Returns the value of `key` among `attributes`.
///
/// ```
/// use trace_testkit::model::{AttributeValue, attribute};
///
/// let attributes = [("plan".to_owned(), AttributeValue::from("pro"))];
/// assert_eq!(attribute(&attributes, "plan"), Some(&"pro".into()));
/// assert_eq!(attribute(&attributes, "price"), None);
/// ```
#[must_use]
pub fn attribute<'a>(attributes: &'a [Attribute], key: &str) -> Option<&'a AttributeValue> {
    attributes.iter().find_map(|(name, value)| (name == key).then_some(value))
}

/// An instrumentation scope: the library that recorded something
/// ([instrumentation scope](https://opentelemetry.io/docs/specs/otel/common/instrumentation-scope/)).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ScopeData {
    /// The library's name.
    pub name: String,
    /// Its version; empty if it has none.
    pub version: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// The URL of the schema that it follows; empty if it has none.
    pub schema_url: String,
}

impl ScopeData {
    /// Creates an instrumentation scope of this name and version.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self { name: name.into(), version: version.into(), ..Self::default() }
    }
}

/// The program that recorded something
/// ([resource](https://opentelemetry.io/docs/specs/otel/resource/data-model/)).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ResourceData {
    /// Its attributes, such as `service.name`.
    pub attributes: Vec<Attribute>,
    /// The URL of the schema that it follows; empty if it has none.
    pub schema_url: String,
}

impl ResourceData {
    /// Creates a resource with these attributes.
    #[must_use]
    pub fn new(attributes: Vec<Attribute>) -> Self {
        Self { attributes, ..Self::default() }
    }
}
