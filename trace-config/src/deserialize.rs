//! Deserializes values of a file, such as the properties of a plug-in, with the place of what does not fit.

use crate::node::{Data, Entry, Node, Place};
use crate::secrets::is_secret_key;
use serde::de::value::{self, StrDeserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::fmt;
use std::marker::PhantomData;

impl Node {
    /// Deserializes the value, with everything in it.
    ///
    /// ```
    /// use trace_config::{Format, Reader};
    /// use trace_config::model::resource::ResourceDetector;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Rack {
    ///     path: String,
    /// }
    ///
    /// let text = "{ file_format: '1.2', resource: { detection/development: { detectors: [{ rack: { path: 7 } }] } } }";
    /// let loaded = Reader::new().read_text("otel.yaml", text, Format::Yaml)?;
    /// let detection = loaded.configuration.resource.unwrap().detection.unwrap();
    /// let ResourceDetector::Extension(rack) = &detection.detectors.unwrap()[0] else { panic!() };
    /// let error = rack.properties.deserialize::<Rack>().err().unwrap();
    /// assert_eq!(error.place().line(), 1);
    /// assert_eq!(error.to_string(), "invalid type: integer `7`, expected a string");
    /// # Ok::<(), trace_config::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the value does not fit, with the place of the part that does not. Values of variables, and of keys that
    /// look like those of secrets, are not shown: a message is left out where it may quote one.
    pub fn deserialize<'de, T: Deserialize<'de>>(&'de self) -> Result<T, DeserializeError> {
        self.feed(PhantomData)
    }

    /// Deserializes the value by a seed. What is refused after it was read, as by `#[serde(try_from)]`, gets its place
    /// here.
    fn feed<'de, T: DeserializeSeed<'de>>(
        &'de self,
        seed: T,
    ) -> Result<T::Value, DeserializeError> {
        seed.deserialize(self).map_err(|error| error.at(self))
    }

    /// Returns whether any part of the value is not shown.
    fn has_hidden_parts(&self) -> bool {
        let is_hidden =
            |entry: &Entry| is_secret_key(entry.key()) || entry.value().has_hidden_parts();
        match self.data() {
            Data::List(items) => items.iter().any(Self::has_hidden_parts),
            Data::Mapping(entries) => entries.iter().any(is_hidden),
            _ => !self.variables().is_empty(),
        }
    }

    /// Returns the value as messages show it; those of variables are not shown.
    fn unexpected(&self) -> Unexpected<'_> {
        match self.data() {
            Data::Null => Unexpected::Unit,
            Data::List(_) => Unexpected::Seq,
            Data::Mapping(_) | Data::EmptyTable => Unexpected::Map,
            _ if !self.variables().is_empty() => Unexpected::Other("the value of a variable"),
            Data::Bool(value) => Unexpected::Bool(*value),
            Data::Integer(value) => match i64::try_from(*value) {
                Ok(value) => Unexpected::Signed(value),
                Err(_) => Unexpected::Other("a large integer"),
            },
            Data::Float(value) => Unexpected::Float(*value),
            Data::String(text) => Unexpected::Str(text),
        }
    }

    fn invalid(&self, expected: &dyn Expected) -> DeserializeError {
        DeserializeError::invalid_type(self.unexpected(), expected).at(self)
    }
}

/// The reason why a value could not be deserialized.
#[derive(Clone, Debug, PartialEq)]
pub struct DeserializeError {
    message: String,
    at: Option<Place>,
    /// Whether the message quotes keys alone, and no value.
    quotes_keys: bool,
}

impl DeserializeError {
    /// Returns the place of what does not fit.
    pub fn place(&self) -> Place {
        self.at.unwrap_or_default()
    }

    /// Sets the place, unless that of a part is known.
    fn at(mut self, node: &Node) -> Self {
        if !node.variables().is_empty() {
            self.message = "the value of a variable does not fit".to_owned();
        } else if self.at.is_none() && !self.quotes_keys && node.has_hidden_parts() {
            self.message = "the values do not fit; they are not shown, because some come from variables or are \
                            secrets"
                .to_owned();
        }
        self.at.get_or_insert(node.place());
        self
    }

    /// Sets the place of a key, unless that of a part is known.
    fn at_key(mut self, entry: &Entry) -> Self {
        self.at.get_or_insert(entry.key_place());
        self
    }

    /// Hides the message if it may quote the value of a secret key.
    fn within(mut self, entry: &Entry) -> Self {
        if is_secret_key(entry.key()) && !self.quotes_keys {
            self.message = "the value of a key that names a secret does not fit".to_owned();
        }
        self
    }

    fn quoting_keys(message: impl fmt::Display) -> Self {
        Self { quotes_keys: true, ..Self::custom(message) }
    }
}

impl fmt::Display for DeserializeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DeserializeError {}

impl Error for DeserializeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), at: None, quotes_keys: false }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let message = value::Error::invalid_type(found, expected);
        match found {
            Unexpected::Map | Unexpected::Seq => Self::quoting_keys(message),
            _ => Self::custom(message),
        }
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::quoting_keys(value::Error::invalid_length(length, expected))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::quoting_keys(value::Error::unknown_field(field, expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::quoting_keys(value::Error::missing_field(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::quoting_keys(value::Error::duplicate_field(field))
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = DeserializeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        let result = match self.data() {
            Data::Null => visitor.visit_unit(),
            Data::Bool(value) => visitor.visit_bool(*value),
            Data::Integer(value) => match (u64::try_from(*value), i64::try_from(*value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ => visitor.visit_i128(*value),
            },
            Data::Float(value) => visitor.visit_f64(*value),
            Data::String(text) => visitor.visit_borrowed_str(text),
            Data::List(items) => visitor.visit_seq(Items(items.iter())),
            Data::Mapping(entries) => {
                visitor.visit_map(Entries { left: entries.iter(), last: None })
            }
            Data::EmptyTable => visitor.visit_map(Entries { left: [].iter(), last: None }),
        };
        result.map_err(|error| error.at(self))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.data() {
            Data::Null => visitor.visit_none(),
            _ => visitor.visit_some(self).map_err(|error: Self::Error| error.at(self)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self).map_err(|error: Self::Error| error.at(self))
    }

    /// Null stands for a struct none of whose fields is set, as it does for components of the schema.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        match self.data() {
            Data::Null => visitor
                .visit_map(Entries { left: [].iter(), last: None })
                .map_err(|error| error.at(self)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let result = match (self.data(), self.only_entry()) {
            (Data::String(text), _) => {
                let text: StrDeserializer<'_, Self::Error> = text.as_str().into_deserializer();
                text.deserialize_enum(name, variants, visitor)
            }
            (_, Some(entry)) => visitor.visit_enum(Variant(entry)),
            _ => Err(self.invalid(&"a name, or a mapping with one key")),
        };
        result.map_err(|error| error.at(self))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'de>(std::slice::Iter<'de, Node>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = DeserializeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Self::Error> {
        self.0.next().map(|item| item.feed(seed)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Entries<'de> {
    left: std::slice::Iter<'de, Entry>,
    /// The entry of the last key.
    last: Option<&'de Entry>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = DeserializeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Self::Error> {
        let Some(entry) = self.left.next() else { return Ok(None) };
        self.last = Some(entry);
        let key: StrDeserializer<'_, Self::Error> = entry.key().into_deserializer();
        // The place of an unknown key is the key, not the mapping.
        seed.deserialize(key).map(Some).map_err(|error| error.at_key(entry))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Self::Error> {
        match self.last.take() {
            Some(entry) => entry.value().feed(seed).map_err(|error| error.within(entry)),
            None => Err(Self::Error::custom("a value was asked for without a key")),
        }
    }
}

struct Variant<'de>(&'de Entry);

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = DeserializeError;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Self::Error> {
        let Self(entry) = self;
        let key: StrDeserializer<'_, Self::Error> = entry.key().into_deserializer();
        let variant = seed.deserialize(key).map_err(|error: Self::Error| error.at_key(entry))?;
        Ok((variant, Content(entry)))
    }
}

/// What the value of a key that names a variant contains.
struct Content<'de>(&'de Entry);

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = DeserializeError;

    fn unit_variant(self) -> Result<(), Self::Error> {
        let value = self.0.value();
        match value.is_null() || value.is_empty_table() {
            true => Ok(()),
            false => Err(value.invalid(&"nothing").within(self.0)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, Self::Error> {
        self.0.value().feed(seed).map_err(|error| error.within(self.0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Self::Error> {
        self.0.value().deserialize_any(visitor).map_err(|error| error.within(self.0))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.value().deserialize_struct("", fields, visitor).map_err(|error| error.within(self.0))
    }
}
