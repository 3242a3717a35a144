//! From OTLP's messages to the model: one file per signal.
//!
//! It believes nothing: ids of a wrong length count as none, unknown numbers as unset, and nothing
//! panics.

mod log;
mod metric;
mod span;
mod value;

pub(super) use log::logs;
pub(super) use metric::metrics;
pub(super) use span::spans;

use crate::model::{Attribute, ResourceData, ScopeData};
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use std::sync::Arc;
use trace_runtime::{SpanId, TraceId};
use value::value;

fn attributes(pairs: Vec<KeyValue>) -> Vec<Attribute> {
    pairs.into_iter().map(|pair| (pair.key, value(pair.value.unwrap_or_default()))).collect()
}

fn resource(resource: Option<Resource>, schema_url: String) -> Arc<ResourceData> {
    let attributes = attributes(resource.unwrap_or_default().attributes);
    Arc::new(ResourceData { attributes, schema_url })
}

fn scope(scope: Option<InstrumentationScope>, schema_url: String) -> ScopeData {
    let scope = scope.unwrap_or_default();
    let attributes = attributes(scope.attributes);
    ScopeData { name: scope.name, version: scope.version, attributes, schema_url }
}

fn trace_id(bytes: &[u8]) -> TraceId {
    bytes.try_into().map(TraceId::from_bytes).unwrap_or_default()
}

fn span_id(bytes: &[u8]) -> SpanId {
    bytes.try_into().map(SpanId::from_bytes).unwrap_or_default()
}
