//! Deserializes values of a file, such as the properties of a plug-in, with the place of what does not fit.

use crate::node::{Data, Entry, Node, Place};
use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::fmt;

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
    /// When the value does not fit, with the place of the part that does not. Values of variables are not shown.
    pub fn deserialize<'de, T: Deserialize<'de>>(&'de self) -> Result<T, DeserializeError> {
        T::deserialize(self)
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

    fn invalid(&self, expected: &dyn serde::de::Expected) -> DeserializeError {
        DeserializeError::invalid_type(self.unexpected(), expected).at(self)
    }
}

/// The reason why a value could not be deserialized.
#[derive(Clone, Debug, PartialEq)]
pub struct DeserializeError {
    message: String,
    at: Option<Place>,
}

impl DeserializeError {
    /// Returns the place of what does not fit.
    pub fn place(&self) -> Place {
        self.at.unwrap_or_default()
    }

    /// Sets the place, unless that of a part is known.
    fn at(mut self, node: &Node) -> Self {
        self.at.get_or_insert(node.place());
        if !node.variables().is_empty() {
            // Its message may quote the value.
            "the value of a variable does not fit".clone_into(&mut self.message);
        }
        self
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
        Self { message: message.to_string(), at: None }
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
        self.0.next().map(|item| seed.deserialize(item)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Entries<'de> {
    left: std::slice::Iter<'de, Entry>,
    /// The value of the last key.
    last: Option<&'de Node>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = DeserializeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Self::Error> {
        let Some(entry) = self.left.next() else { return Ok(None) };
        self.last = Some(entry.value());
        let key: StrDeserializer<'_, Self::Error> = entry.key().into_deserializer();
        // That of an unknown key is the key, not the mapping.
        let placed = |mut error: Self::Error| {
            error.at.get_or_insert(entry.key_place());
            error
        };
        seed.deserialize(key).map(Some).map_err(placed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Self::Error> {
        match self.last.take() {
            Some(value) => seed.deserialize(value),
            None => Err(Self::Error::custom("a value was asked for without a key")),
        }
    }
}

struct Variant<'de>(&'de Entry);

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = DeserializeError;
    type Variant = &'de Node;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Self::Error> {
        let key: StrDeserializer<'_, Self::Error> = self.0.key().into_deserializer();
        let placed = |mut error: Self::Error| {
            error.at.get_or_insert(self.0.key_place());
            error
        };
        Ok((seed.deserialize(key).map_err(placed)?, self.0.value()))
    }
}

impl<'de> VariantAccess<'de> for &'de Node {
    type Error = DeserializeError;

    fn unit_variant(self) -> Result<(), Self::Error> {
        match self.is_null() || self.is_empty_table() {
            true => Ok(()),
            false => Err(self.invalid(&"nothing")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, Self::Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Self::Error> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.deserialize_struct("", fields, visitor)
    }
}
