//! Limits the contents of a span
//! ([span limits](https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits)).

/// Limits on what one span may hold; what exceeds them is dropped and counted on the span.
///
/// The defaults are those of the specification: 128 of everything, and values of any length. A value
/// has to fit into the ring of its thread, though. Texts and lists that take more than half of it
/// (2 MiB, unless the builder's `with_ring_bytes` sets another size), or more
/// than is free at the moment, are left out. They count in the `dropped_attributes_count` of their
/// span, event or link, and in [`dropped_details`](crate::loss::LossReport).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpanLimits {
    /// Attributes on a span. The `code.*` attributes of its site come on top.
    pub attribute_count: u32,
    /// Characters (Unicode scalar values) of a string value, and of each string in a list; longer
    /// ones are cut. Keys, names and status descriptions have no limit. `None` means no limit.
    pub attribute_value_length: Option<u32>,
    /// Events on a span.
    pub event_count: u32,
    /// Links on a span.
    pub link_count: u32,
    /// Attributes on one event.
    pub event_attribute_count: u32,
    /// Attributes on one link.
    pub link_attribute_count: u32,
}

impl SpanLimits {
    /// Sets the number of attributes on a span.
    #[must_use]
    pub fn with_attribute_count(mut self, count: u32) -> Self {
        self.attribute_count = count;
        self
    }

    /// Sets the characters of a string value; `None` for no limit.
    #[must_use]
    pub fn with_attribute_value_length(mut self, characters: impl Into<Option<u32>>) -> Self {
        self.attribute_value_length = characters.into();
        self
    }

    /// Sets the number of events on a span.
    #[must_use]
    pub fn with_event_count(mut self, count: u32) -> Self {
        self.event_count = count;
        self
    }

    /// Sets the number of links on a span.
    #[must_use]
    pub fn with_link_count(mut self, count: u32) -> Self {
        self.link_count = count;
        self
    }

    /// Sets the number of attributes on one event.
    #[must_use]
    pub fn with_event_attribute_count(mut self, count: u32) -> Self {
        self.event_attribute_count = count;
        self
    }

    /// Sets the number of attributes on one link.
    #[must_use]
    pub fn with_link_attribute_count(mut self, count: u32) -> Self {
        self.link_attribute_count = count;
        self
    }
}

impl Default for SpanLimits {
    fn default() -> Self {
        Self {
            attribute_count: 128,
            attribute_value_length: None,
            event_count: 128,
            link_count: 128,
            event_attribute_count: 128,
            link_attribute_count: 128,
        }
    }
}
