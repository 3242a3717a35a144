//! Decodes where telemetry comes from: resource, instrumentation scope, trace and span.

use super::value::attributes;
use crate::model::{ResourceData, ScopeData};
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use std::sync::Arc;
use trace_runtime::propagation::{SpanId, TraceId};

pub(super) fn resource(resource: Option<Resource>, schema_url: String) -> Arc<ResourceData> {
    let attributes = attributes(resource.unwrap_or_default().attributes);
    Arc::new(ResourceData { attributes, schema_url })
}

pub(super) fn scope(scope: Option<InstrumentationScope>, schema_url: String) -> ScopeData {
    let scope = scope.unwrap_or_default();
    let attributes = attributes(scope.attributes);
    ScopeData { name: scope.name, version: scope.version, attributes, schema_url }
}

pub(super) fn trace_id(bytes: &[u8]) -> TraceId {
    bytes.try_into().map(TraceId::from_bytes).unwrap_or_default()
}

pub(super) fn span_id(bytes: &[u8]) -> SpanId {
    bytes.try_into().map(SpanId::from_bytes).unwrap_or_default()
}
