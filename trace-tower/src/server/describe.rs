//! Describes the requests of servers by the semantic conventions.

use super::settings::ServerSettings;
use crate::conventions::authority::Authority;
use crate::conventions::forwarded::{Forwarded, known_scheme};
use crate::conventions::method::Method;
use crate::conventions::{Side, client_address, content_length, grpc, protocol_version, text};
use crate::names::Operation;
use crate::request::Request;
use crate::runtime::caught::caught;
use http::header::{HOST, USER_AGENT};
use http::request::Parts;
use std::net::IpAddr;
use trace_runtime::{Span, ToValue, Value};

/// A request as a server sees it.
pub(super) struct Described<'a> {
    parts: &'a Parts,
    settings: &'a ServerSettings,
    method: Method,
    forwarded: Forwarded<'a>,
    is_grpc: bool,
}

impl<'a> Described<'a> {
    pub(super) fn new(parts: &'a Parts, settings: &'a ServerSettings) -> Self {
        let forwarded = match settings.trusts_forwarded {
            true => Forwarded::of(&parts.headers),
            false => Forwarded::default(),
        };
        let is_grpc = grpc::is_grpc(&parts.headers);
        Self { parts, settings, method: Method::of(&parts.method), forwarded, is_grpc }
    }

    /// Returns what spans and metrics have in common.
    pub(super) fn request(&self) -> Request {
        Request {
            side: Side::Server,
            operation: self.operation(),
            method: self.method.attribute,
            scheme: self.scheme(),
            version: Some(protocol_version(self.parts.version)),
            server: None,
            is_grpc: self.is_grpc,
            size: content_length(&self.parts.headers),
        }
    }

    fn operation(&self) -> Operation {
        if self.is_grpc {
            let method = grpc::method(self.parts.uri.path());
            return method.map_or(Operation::plain("grpc"), Operation::unconfirmed);
        }
        let asked = self
            .settings
            .route
            .as_ref()
            .and_then(|route| caught(|| route(self.parts)).ok().flatten());
        match asked.as_deref().or_else(|| matched_path(self.parts)) {
            Some(route) if !route.is_empty() => Operation::new(self.method.name, route),
            _ => Operation::plain(self.method.name),
        }
    }

    fn scheme(&self) -> &'static str {
        let of_uri = || known_scheme(self.parts.uri.scheme_str()?);
        self.forwarded.scheme.or_else(of_uri).unwrap_or(self.settings.scheme)
    }

    /// Returns the host that the client asked for.
    fn authority(&self) -> Option<Authority<'_>> {
        let of_target = || self.parts.uri.authority().map(|authority| authority.as_str());
        let host = self.forwarded.host.or_else(of_target);
        Authority::parse(host.or_else(|| text(&self.parts.headers, HOST))?)
    }

    fn client(&self, peer: Option<IpAddr>) -> Option<IpAddr> {
        let asked = self
            .settings
            .client_address
            .as_ref()
            .and_then(|address| caught(|| address(self.parts)).ok().flatten());
        let of_proxy = || client_address::of_proxy(self.forwarded.client?);
        asked.or_else(of_proxy).or(peer)
    }

    /// Records everything that is known of the request.
    pub(super) fn describe(&self, span: &Span, request: &Request) {
        let authority = self.authority();
        let peer = client_address::of_connection(self.parts);
        let client = self.client(peer.map(|peer| peer.ip())).map(Shown);
        let peer_address = peer.map(|peer| Shown(peer.ip()));
        let peer_port = peer.map(|peer| peer.port());
        let address = authority.map(|authority| authority.host);
        let port = authority.and_then(|authority| authority.port);
        if self.is_grpc {
            let original = request.operation.target.is_empty().then(|| self.parts.uri.path());
            let method = if original.is_some() { "_OTHER" } else { &*request.operation.target };
            span.set_attributes(&[
                ("rpc.system.name", &"grpc"),
                ("rpc.method", &method),
                ("rpc.method_original", &original),
                ("server.address", &address),
                ("server.port", &port),
                ("client.address", &client),
                ("network.peer.address", &peer_address),
                ("network.peer.port", &peer_port),
                ("network.protocol.version", &request.version),
            ]);
        } else {
            let uri = &self.parts.uri;
            let query = uri.query().map(|query| self.settings.redaction.apply(query));
            let route =
                (!request.operation.target.is_empty()).then_some(&*request.operation.target);
            span.set_attributes(&[
                ("http.request.method", &request.method),
                ("http.request.method_original", &self.method.original(&self.parts.method)),
                ("http.route", &route),
                ("url.path", &uri.path()),
                ("url.query", &query),
                ("url.scheme", &request.scheme),
                ("server.address", &address),
                ("server.port", &port),
                ("client.address", &client),
                ("network.peer.address", &peer_address),
                ("network.peer.port", &peer_port),
                ("network.protocol.version", &request.version),
                ("user_agent.original", &text(&self.parts.headers, USER_AGENT)),
            ]);
        }
        self.settings.headers.request(self.is_grpc).record(span, &self.parts.headers);
    }
}

/// Returns the route that axum found.
#[cfg(feature = "axum")]
fn matched_path(parts: &Parts) -> Option<&str> {
    parts.extensions.get::<axum::extract::MatchedPath>().map(|path| path.as_str())
}

#[cfg(not(feature = "axum"))]
fn matched_path(_: &Parts) -> Option<&str> {
    None
}

/// An address as text.
struct Shown(IpAddr);

impl ToValue for Shown {
    fn to_value(&self) -> Value<'_> {
        Value::Display(&self.0)
    }
}
