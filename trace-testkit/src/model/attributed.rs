//! Implements the methods on attributes for every type that has attributes.

use super::log::LogData;
use super::metric::Point;
use super::shared::{ResourceData, ScopeData, attribute};
use super::span::{EventData, LinkData, SpanData};
use super::value::AttributeValue;

macro_rules! have_attributes {
    ($($ty:ident)*) => {$(
        impl $ty {
            /// Adds an attribute.
            #[must_use]
            pub fn with_attribute(
                mut self,
                key: impl Into<String>,
                value: impl Into<AttributeValue>,
            ) -> Self {
                self.attributes.push((key.into(), value.into()));
                self
            }

            /// Returns the value of the attribute `key`.
            #[must_use]
            pub fn attribute(&self, key: &str) -> Option<&AttributeValue> {
                attribute(&self.attributes, key)
            }
        }
    )*};
}

have_attributes! { EventData LinkData LogData Point ResourceData ScopeData SpanData }
