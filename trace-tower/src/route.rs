//! Holds what the requests of one operation have in common: prepared once, for their spans and their
//! measurements.

use crate::conventions::Side;
use crate::conventions::authority::Authority;
use crate::conventions::method::Method;
use crate::ends::{End, Ends};
use crate::runtime::Site;
use crate::runtime::runtime::instruments::{Attribute, AttributeSet, AttributeValue};
use crate::sites;

/// What distinguishes operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        let hash = mix(0, self.method.attribute);
        let hash = mix(hash, self.target);
        let forms =
            u64::from(self.is_grpc) | (self.side as u64) << 1 | (self.scheme.len() as u64) << 2;
        let hash = step(hash, forms);
        match self.server {
            Some(server) => step(mix(hash, server.host), server.port.map_or(1 << 16, u64::from)),
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
            (false, "") => self.method.name.to_owned(),
            (false, target) => [self.method.name, " ", target].concat(),
        }
    }
}

fn step(hash: u64, word: u64) -> u64 {
    (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

fn mix(hash: u64, text: &str) -> u64 {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let hash = words.iter().fold(hash, |hash, word| step(hash, u64::from_le_bytes(*word)));
    let rest = rest.iter().fold(text.len() as u64, |word, byte| word << 8 | u64::from(*byte));
    step(hash, rest)
}

/// What the requests of one operation have in common.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) side: Side,
    pub(crate) is_grpc: bool,
    pub(crate) method: Method,
    pub(crate) scheme: &'static str,
    pub(crate) target: Box<str>,
    pub(crate) server: Option<(Box<str>, Option<u16>)>,
    pub(crate) site: &'static Site,
    /// The name of the spans, if it is not that of the site.
    pub(crate) name: Option<Box<str>>,
    /// The attributes of the requests that have begun and not ended.
    pub(crate) active: AttributeSet,
    ends: Ends,
}

impl Route {
    /// Prepares a route that is kept.
    pub(crate) fn kept(key: &Key<'_>, site: &'static Site) -> Self {
        Self { site, name: None, ..Self::passing(key) }
    }

    /// Prepares a route for one request, with the target as no label.
    pub(crate) fn passing(key: &Key<'_>) -> Self {
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
            site: sites::unnamed(side, is_grpc),
            name: Some(key.name().into()),
            active,
            ends: Ends::default(),
        }
    }

    /// Returns whether these are the requests of this key.
    pub(crate) fn is_of(&self, key: &Key<'_>) -> bool {
        let server = self.server.as_ref();
        let server = server.map(|(host, port)| Authority { host, port: *port });
        let Self { side, is_grpc, method, scheme, ref target, .. } = *self;
        *key == Key { side, is_grpc, method, scheme, target, server }
    }

    /// Returns the attributes of the measurements of a request that has ended.
    #[inline]
    pub(crate) fn attributes(&self, end: &End) -> AttributeSet {
        self.ends.find(end, || AttributeSet::of(&self.prepare(end)))
    }

    #[cold]
    fn prepare(&self, end: &End) -> Vec<Attribute> {
        // A target that is not kept is no label: clients might have made it up.
        let target = Some(&*self.target).filter(|target| self.name.is_none() && !target.is_empty());
        let mut attributes = Vec::with_capacity(8);
        let mut put = |key, value: Option<&str>| {
            attributes.extend(value.map(|value| (key, AttributeValue::Text(value.into()))));
        };
        if self.is_grpc {
            put("rpc.system.name", Some("grpc"));
            put("rpc.method", Some(target.unwrap_or("_OTHER")));
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
        if let Some((address, _)) = &self.server {
            put("server.address", Some(address));
        }
        put("error.type", end.failure.as_ref().map(|failure| failure.as_str()));
        let mut put = |key, value: Option<u16>| {
            attributes.extend(value.map(|value| (key, AttributeValue::Number(value.into()))));
        };
        if !self.is_grpc {
            put("http.response.status_code", end.status.map(|status| status.as_u16()));
        }
        put("server.port", self.server.as_ref().and_then(|(_, port)| *port));
        attributes
    }
}
