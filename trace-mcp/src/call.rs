//! Describes a request by the semantic conventions, for its span and its measurement.

use crate::meta;
use opentelemetry::KeyValue;
use rmcp::RoleServer;
use rmcp::handler::server::ServerHandler;
use rmcp::model::ProtocolVersion;
use rmcp::service::RequestContext;
use std::borrow::Cow;
use trace_runtime::span::SpanBuilder;
use trace_runtime::{Span, SpanKind};

/// The method of requests that MCP does not define: clients could make up any name.
const OTHER: &str = "_OTHER";

/// What a request is about.
#[derive(Clone, Copy, Default)]
pub(crate) struct Subject<'a> {
    /// `None`: a method that MCP does not define.
    pub(crate) method: Option<&'static str>,
    pub(crate) tool: Option<&'a str>,
    pub(crate) prompt: Option<&'a str>,
    pub(crate) resource: Option<&'a str>,
}

impl Subject<'_> {
    /// A request of a method, about nothing in particular.
    pub(crate) fn of(method: &'static str) -> Self {
        Self { method: Some(method), ..Self::default() }
    }
}

/// The attributes of a request.
pub(crate) struct Call<'a> {
    subject: Subject<'a>,
    /// Whether the server has the tool.
    is_known: bool,
    operation: Option<&'static str>,
    session: Option<&'a str>,
    id: String,
    version: Option<ProtocolVersion>,
    transport: &'static str,
    protocol: Option<&'static str>,
}

impl<'a> Call<'a> {
    pub(crate) fn of(
        handler: &impl ServerHandler,
        subject: Subject<'a>,
        context: &'a RequestContext<RoleServer>,
    ) -> Self {
        let headers = meta::headers(context);
        Self {
            subject,
            is_known: subject.tool.is_some_and(|name| handler.get_tool(name).is_some()),
            operation: subject.tool.map(|_| "execute_tool"),
            session: headers.and_then(|headers| headers.get("mcp-session-id")?.to_str().ok()),
            id: context.id.to_string(),
            version: context.protocol_version(),
            transport: if headers.is_some() { "tcp" } else { "pipe" },
            protocol: headers.map(|_| "http"),
        }
    }

    fn method(&self) -> &'static str {
        self.subject.method.unwrap_or(OTHER)
    }

    /// Returns the name of the span. It contains no text that a client may have made up.
    fn name(&self) -> String {
        match (self.subject.method, self.subject.tool) {
            (Some(method), Some(tool)) if self.is_known => [method, " ", tool].concat(),
            (Some(method), _) => method.to_owned(),
            (None, _) => "MCP".to_owned(),
        }
    }

    /// Returns the span of the request, which has not started.
    pub(crate) fn span(&self) -> SpanBuilder<'_> {
        let span = Span::builder(self.name())
            .with_scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .with_kind(SpanKind::Server)
            .with_attribute("mcp.method.name", self.method())
            .with_attribute("gen_ai.operation.name", &self.operation)
            .with_attribute("gen_ai.tool.name", &self.subject.tool)
            .with_attribute("gen_ai.prompt.name", &self.subject.prompt)
            .with_attribute("mcp.resource.uri", &self.subject.resource)
            .with_attribute("mcp.session.id", &self.session)
            .with_attribute("jsonrpc.request.id", &self.id)
            .with_attribute("network.transport", self.transport)
            .with_attribute("network.protocol.name", &self.protocol);
        match &self.version {
            Some(version) => span.with_attribute("mcp.protocol.version", version.as_str()),
            None => span,
        }
    }

    /// Returns the attributes of the measurement, which have few values.
    pub(crate) fn labels(&self) -> Vec<KeyValue> {
        let mut labels = Vec::with_capacity(9);
        let mut put = |key, value: Option<Cow<'static, str>>| {
            labels.extend(value.map(|value| KeyValue::new(key, value)));
        };
        let owned = |text: &str| Cow::Owned(text.to_owned());
        put("mcp.method.name", Some(self.method().into()));
        put("gen_ai.operation.name", self.operation.map(Cow::Borrowed));
        put("gen_ai.tool.name", self.subject.tool.filter(|_| self.is_known).map(owned));
        let version = self.version.as_ref();
        let version = version.filter(|it| ProtocolVersion::KNOWN_VERSIONS.contains(it));
        put("mcp.protocol.version", version.map(|version| owned(version.as_str())));
        put("network.transport", Some(self.transport.into()));
        put("network.protocol.name", self.protocol.map(Cow::Borrowed));
        labels
    }
}
