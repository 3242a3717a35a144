//! Builds messages, and sends them by minimal clients.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use std::time::Duration;
use tonic::transport::Channel;
use trace_testkit::receiver::{Receiver, Signal};
use ureq::http::Response;

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn attribute(key: &str, value: any_value::Value) -> KeyValue {
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

pub(crate) fn text(text: &str) -> any_value::Value {
    any_value::Value::StringValue(text.to_owned())
}

pub(crate) fn resource() -> Option<Resource> {
    let attributes = vec![attribute("service.name", text("shop"))];
    Some(Resource { attributes, ..Resource::default() })
}

pub(crate) fn scope() -> Option<InstrumentationScope> {
    let (name, version) = ("shop::cart".to_owned(), "1.2.3".to_owned());
    Some(InstrumentationScope { name, version, ..InstrumentationScope::default() })
}

pub(crate) fn request(spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = ScopeSpans { scope: scope(), spans, schema_url: "urn:scope".to_owned() };
    let resource_spans = ResourceSpans {
        resource: resource(),
        scope_spans: vec![scope_spans],
        schema_url: "urn:resource".to_owned(),
    };
    ExportTraceServiceRequest { resource_spans: vec![resource_spans] }
}

/// Spans with names and ids, and nothing else.
pub(crate) fn spans(names: &[&str]) -> ExportTraceServiceRequest {
    let span = |(at, name): (usize, &&str)| Span {
        trace_id: vec![1; 16],
        span_id: (at as u64 + 1).to_be_bytes().to_vec(),
        name: (*name).to_owned(),
        start_time_unix_nano: at as u64,
        end_time_unix_nano: at as u64 + 1,
        ..Span::default()
    };
    request(names.iter().enumerate().map(span).collect())
}

pub(crate) type Reply = Response<ureq::Body>;

pub(crate) fn post(url: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Reply, ureq::Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .build()
        .into();
    headers
        .iter()
        .fold(agent.post(url), |post, (name, value)| post.header(*name, *value))
        .send(body)
}

pub(crate) fn post_protobuf(receiver: &Receiver, message: &impl Message) -> Reply {
    let kind = [("content-type", "application/x-protobuf")];
    post(&receiver.http_endpoint(Signal::Traces), &kind, &message.encode_to_vec()).unwrap()
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

pub(crate) async fn grpc(receiver: &Receiver) -> TraceServiceClient<Channel> {
    TraceServiceClient::connect(receiver.grpc_endpoint()).await.unwrap()
}

pub(crate) fn names(receiver: &Receiver) -> Vec<String> {
    receiver.spans().into_iter().map(|span| span.name).collect()
}
