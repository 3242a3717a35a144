//! Describes the requests of servers by the semantic conventions.

use super::settings::ServerSettings;
use crate::conventions::authority::Authority;
use crate::conventions::client_address::AddressText;
use crate::conventions::forwarded::{Forwarded, known_scheme};
use crate::conventions::method::Method;
use crate::conventions::{Protocol, Side, client_address, content_length, grpc, text};
use crate::defaults::{self, Defaults};
use crate::exchange::Begun;
use crate::operation::Operation;
use crate::route::{Key, Route};
use crate::runtime::caught::caught;
use crate::runtime::layer::Subject;
use http::header::{HOST, USER_AGENT};
use http::request::Parts;
use std::net::IpAddr;
use std::sync::Arc;
use trace_runtime::{ToValue as _, Value};

/// A request as a server sees it.
pub(super) struct Described<'a> {
    parts: &'a Parts,
    settings: &'a ServerSettings,
    defaults: Option<Arc<Defaults>>,
    method: Method,
    version: Protocol,
    forwarded: Forwarded<'a>,
    is_grpc: bool,
}

impl<'a> Described<'a> {
    pub(super) fn new(parts: &'a Parts, settings: &'a ServerSettings) -> Self {
        let forwarded = match settings.trusts_forwarded {
            true => Forwarded::of(&parts.headers),
            false => Forwarded::default(),
        };
        let defaults = defaults::current();
        let known = defaults::methods(defaults.as_deref(), Side::Server);
        let (method, version) = (Method::of(&parts.method, known), Protocol::of(parts.version));
        let is_grpc = grpc::is_grpc(&parts.headers);
        Self { parts, settings, defaults, method, version, forwarded, is_grpc }
    }

    /// Returns what spans and metrics have in common.
    pub(super) fn begun(&self) -> Begun {
        let size = content_length(&self.parts.headers);
        Begun { operation: self.operation(), version: Some(self.version), size }
    }

    fn operation(&self) -> Operation {
        if self.is_grpc {
            let method = grpc::method(self.parts.uri.path());
            let key = Key::of_rpc(Side::Server, method.unwrap_or_default(), None);
            return Operation::unconfirmed(&key);
        }
        let asked = self
            .settings
            .route
            .as_ref()
            .and_then(|route| caught(|| route(self.parts)).ok().flatten());
        let target = asked.as_deref().or_else(|| matched_path(self.parts)).unwrap_or_default();
        let (method, scheme) = (self.method, self.scheme());
        let side = Side::Server;
        Operation::of(&Key { side, is_grpc: false, method, scheme, target, server: None })
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

    /// Passes on the values of the request's attributes.
    pub(super) fn values(&self, operation: &Operation, put: &mut dyn FnMut(&[Value<'_>])) {
        let authority = self.authority();
        let peer = client_address::of_connection(self.parts);
        let peer_ip = peer.map(|peer| peer.ip());
        let peer_text = peer_ip.map(AddressText::of);
        let client_ip = self.client(peer_ip);
        let client_text = match client_ip == peer_ip {
            true => peer_text,
            false => client_ip.map(AddressText::of),
        };
        let host = authority.map(|authority| authority.host);
        let port = authority.and_then(|authority| authority.port);
        let client = client_text.as_ref().map(AddressText::as_str);
        let peer_address = peer_text.as_ref().map(AddressText::as_str);
        let peer_port = peer.map(|peer| peer.port());
        let (host, port, client) = (host.to_value(), port.to_value(), client.to_value());
        let (peer_address, peer_port) = (peer_address.to_value(), peer_port.to_value());
        let version = Value::Static(self.version.as_str());
        let uri = &self.parts.uri;
        if self.is_grpc {
            let [system, method, original] = operation.rpc(uri.path());
            put(&[system, method, original, host, port, client, peer_address, peer_port, version]);
        } else {
            let original = self.method.original(&self.parts.method);
            let secrets = defaults::secrets(self.defaults.as_deref());
            let query = uri.query().map(|query| self.settings.redaction.apply(query, secrets));
            let user_agent = text(&self.parts.headers, USER_AGENT);
            let values = [
                Value::Static(operation.method.attribute),
                original.to_value(),
                operation.value(Route::target),
                Value::Str(uri.path()),
                query.to_value(),
                Value::Static(operation.scheme),
                host,
                port,
                client,
                peer_address,
                peer_port,
                version,
                user_agent.to_value(),
            ];
            put(&values);
        }
    }

    /// Records the headers that are to be recorded.
    pub(super) fn record_headers(&self, subject: Subject) {
        let others = defaults::headers(self.defaults.as_deref(), Side::Server);
        let wanted = self.settings.headers.request(self.is_grpc, others);
        wanted.record(subject, &self.parts.headers);
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
