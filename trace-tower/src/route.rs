//! Describes what the requests of one operation have in common, for their spans and their measurements.

use crate::conventions::authority::Authority;
use crate::conventions::method::Method;
use crate::conventions::{OTHER, Side};
use crate::ends::End;
use crate::runtime::runtime::instruments::{Attribute, AttributeSet, AttributeValue};
use crate::runtime::runtime::recorder::hash::{mix, mix_text};

/// What distinguishes operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key<'a> {
    pub(crate) side: Side,
    pub(crate) is_grpc: bool,
    pub(crate) method: Method,
    pub(crate) scheme: &'static str,
    /// The route, the template or the method of an RPC; empty if there is none.
    pub(crate) target: &'a str,
    /// An attribute of client metrics.
    pub(crate) server: Option<Authority<'a>>,
}

impl<'a> Key<'a> {
    /// Returns the key of an RPC, whose method and scheme in HTTP are always the same.
    pub(crate) fn of_rpc(side: Side, target: &'a str, server: Option<Authority<'a>>) -> Self {
        Self { side, is_grpc: true, method: Method::RPC, scheme: "", target, server }
    }

    /// Returns a number that other keys are unlikely to have.
    // HOT: every request looks up its key.
    pub(crate) fn hash(&self) -> u64 {
        let hash = mix_text(0, self.method.attribute);
        let hash = mix_text(hash, self.target);
        let forms =
            u64::from(self.is_grpc) | (self.side as u64) << 1 | (self.scheme.len() as u64) << 2;
        let hash = mix(hash, forms);
        match self.server {
            Some(server) => {
                mix(mix_text(hash, server.host), server.port.map_or(1 << 16, u64::from))
            }
            None => hash,
        }
    }

    /// Returns the number of bytes of its text.
    pub(crate) fn len(&self) -> usize {
        self.target.len() + self.server.map_or(0, |server| server.host.len())
    }

    /// Returns the name of spans.
    pub(crate) fn name(&self) -> String {
        match (self.is_grpc, self.target) {
            (true, "") => "grpc".to_owned(),
            (true, target) => target.to_owned(),
            (false, "") => self.method.name().to_owned(),
            (false, target) => [self.method.name(), " ", target].concat(),
        }
    }
}

/// What the requests of one operation have in common.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) side: Side,
    pub(crate) is_grpc: bool,
    pub(crate) method: Method,
    pub(crate) scheme: &'static str,
    target: Box<str>,
    server: Option<(Box<str>, Option<u16>)>,
    /// The attributes of the requests that have begun and not ended.
    pub(crate) active: AttributeSet,
}

impl Route {
    pub(crate) fn new(key: &Key<'_>) -> Self {
        let Key { side, is_grpc, method, scheme, target, server } = *key;
        let text = |text: &str| AttributeValue::Text(text.into());
        let active = match side {
            Side::Server if !is_grpc => AttributeSet::of(&[
                ("http.request.method", text(method.attribute)),
                ("url.scheme", text(scheme)),
            ]),
            _ => AttributeSet::NONE,
        };
        Self {
            side,
            is_grpc,
            method,
            scheme,
            target: target.into(),
            server: server.map(|server| (server.host.into(), server.port)),
            active,
        }
    }

    /// Returns the key of these requests.
    pub(crate) fn key(&self) -> Key<'_> {
        let Self { side, is_grpc, method, scheme, ref target, .. } = *self;
        Key { side, is_grpc, method, scheme, target, server: self.server() }
    }

    /// Returns the route, the template or the method of an RPC.
    pub(crate) fn target(&self) -> Option<&str> {
        Some(&*self.target).filter(|target| !target.is_empty())
    }

    fn server(&self) -> Option<Authority<'_>> {
        self.server.as_ref().map(|(host, port)| Authority { host, port: *port })
    }

    /// Returns `server.address`.
    pub(crate) fn host(&self) -> Option<&str> {
        self.server().map(|server| server.host)
    }

    /// Returns `server.port`.
    pub(crate) fn port(&self) -> Option<u16> {
        self.server()?.port
    }

    /// Returns the attributes of the measurements of a request that has ended.
    pub(crate) fn attributes(&self, end: &End) -> AttributeSet {
        self.prepare(end, self.target(), self.server())
    }

    /// Returns the attributes of the measurements of a request whose route is not kept. Target and server
    /// are no labels: clients might have made them up, and sets of attributes live as long as the program.
    pub(crate) fn attributes_of_any(&self, end: &End) -> AttributeSet {
        self.prepare(end, None, None)
    }

    #[cold]
    fn prepare(
        &self,
        end: &End,
        target: Option<&str>,
        server: Option<Authority<'_>>,
    ) -> AttributeSet {
        let mut attributes: Vec<Attribute> = Vec::with_capacity(8);
        let mut put = |key, value: Option<&str>| {
            attributes.extend(value.map(|value| (key, AttributeValue::Text(value.into()))));
        };
        if self.is_grpc {
            put("rpc.system.name", Some("grpc"));
            put("rpc.method", Some(target.unwrap_or(OTHER)));
            put("rpc.response.status_code", end.code);
        } else {
            put("http.request.method", Some(self.method.attribute));
            put("url.scheme", Some(self.scheme));
            let key = match self.side {
                Side::Server => "http.route",
                Side::Client => "url.template",
            };
            put(key, target);
            put("network.protocol.version", end.version.map(|version| version.as_str()));
        }
        put("server.address", server.map(|server| server.host));
        put("error.type", end.failure.as_ref().map(|failure| failure.as_str()));
        let mut put = |key, value: Option<u16>| {
            attributes.extend(value.map(|value| (key, AttributeValue::Number(value.into()))));
        };
        if !self.is_grpc {
            put("http.response.status_code", end.status.map(|status| status.as_u16()));
        }
        put("server.port", server.and_then(|server| server.port));
        AttributeSet::of(&attributes)
    }
}
