//! Converts spans that the runtime exports.

use super::shared::{Attribute, ResourceData, ScopeData};
use super::span::{EventData, LinkData, SpanData};
use crate::runtime::{Resource, recorded};
use trace_runtime::export::{FinishedEvent, FinishedLink, FinishedSpan};
use trace_runtime::export::{RecordedValue, SiteInfo};

impl From<FinishedSpan<'_>> for SpanData {
    fn from(span: FinishedSpan<'_>) -> Self {
        Self {
            trace_id: span.trace_id(),
            span_id: span.span_id(),
            parent_span_id: span.parent_span_id(),
            parent_is_remote: span.parent_is_remote(),
            flags: span.trace_flags(),
            trace_state: span.trace_state().to_owned(),
            name: span.name().to_owned(),
            kind: span.kind(),
            start_unix_nanos: span.start_unix_nanos(),
            end_unix_nanos: span.end_unix_nanos(),
            status: span.status(),
            outcome: Some(span.outcome()),
            attributes: owned(span.attributes()),
            events: span.events().map(EventData::from).collect(),
            links: span.links().map(LinkData::from).collect(),
            scope: span.site().into(),
            dropped_attributes: span.dropped_attributes(),
            dropped_events: span.dropped_events(),
            dropped_links: span.dropped_links(),
            order: span.order(),
            parallel: span.is_parallel(),
            ..Self::default()
        }
    }
}

impl From<&SiteInfo> for ScopeData {
    fn from(site: &SiteInfo) -> Self {
        let scope = Self::new(site.scope, site.version);
        let Some(declared) = site.instrumentation_scope() else { return scope };
        let attributes = declared.attributes();
        Self {
            attributes: attributes
                .map(|pair| (pair.key.to_string(), recorded(&pair.value).into()))
                .collect(),
            schema_url: declared.schema_url().unwrap_or_default().to_owned(),
            ..scope
        }
    }
}

impl From<FinishedEvent<'_>> for EventData {
    fn from(event: FinishedEvent<'_>) -> Self {
        Self {
            name: event.name().to_owned(),
            unix_nanos: event.unix_nanos(),
            attributes: owned(event.attributes()),
            dropped_attributes: event.dropped_attributes(),
        }
    }
}

impl From<FinishedLink<'_>> for LinkData {
    fn from(link: FinishedLink<'_>) -> Self {
        Self {
            context: link.context(),
            attributes: owned(link.attributes()),
            dropped_attributes: link.dropped_attributes(),
        }
    }
}

impl From<&Resource> for ResourceData {
    fn from(resource: &Resource) -> Self {
        let attributes = resource.iter();
        let attributes = attributes.map(|(key, value)| (key.to_string(), recorded(value).into()));
        let mut attributes: Vec<Attribute> = attributes.collect();
        // The SDK keeps them in a hash map.
        attributes.sort_by(|(one, _), (other, _)| one.cmp(other));
        Self { attributes, schema_url: resource.schema_url().unwrap_or_default().to_owned() }
    }
}

fn owned<'a>(attributes: impl Iterator<Item = (&'a str, RecordedValue<'a>)>) -> Vec<Attribute> {
    attributes.map(|(key, value)| (key.to_owned(), value.into())).collect()
}
