//! Encodes the data that all spans of a site share, once.

use super::attributes::{Opening, attribute, key_value};
use super::schema::{scope, scope_spans, span};
use super::wire::{message, number, text};
use crate::export::numbers::kind;
use crate::recorder::code::{SiteAttributes, constants, site_attributes};
use crate::site::{SiteInfo, number_of};
use opentelemetry::{InstrumentationScope, KeyValue};

/// The sites and scopes seen so far.
#[derive(Default)]
pub(super) struct Sites {
    /// The sites, by number.
    all: Vec<Option<EncodedSite>>,
    scopes: Vec<Scope>,
}

/// The data that all spans of a site share.
pub(super) struct EncodedSite {
    /// The number of its scope.
    pub(super) scope: u32,
    /// The name and the kind of spans that do not set their own.
    pub(super) name_and_kind: Box<[u8]>,
    /// The attributes of all its spans, with its place in the source.
    with_code: Box<[u8]>,
    /// The attributes of all its spans, without its place in the source.
    constants: Box<[u8]>,
    /// The beginnings of attributes with its keys.
    openings: Box<[Opening]>,
}

struct Scope {
    /// One of its sites.
    info: &'static SiteInfo,
    encoded: Box<[u8]>,
}

impl Sites {
    /// Returns a site, and encodes it at its first span.
    #[inline]
    pub(super) fn get_or_encode(&mut self, info: &'static SiteInfo) -> &EncodedSite {
        let number = number_of(info);
        if number >= self.all.len() {
            self.all.resize_with(number + 1, || None);
        }
        let scopes = &mut self.scopes;
        self.all[number].get_or_insert_with(|| EncodedSite::new(info, scopes))
    }

    /// Returns a site, if it was encoded.
    #[inline]
    pub(super) fn get(&self, info: &'static SiteInfo) -> Option<&EncodedSite> {
        self.all.get(number_of(info))?.as_ref()
    }

    /// Returns a scope, encoded with the URL of its schema.
    pub(super) fn scope(&self, number: u32) -> &[u8] {
        &self.scopes[number as usize].encoded
    }
}

impl EncodedSite {
    fn new(info: &'static SiteInfo, scopes: &mut Vec<Scope>) -> Self {
        let scope = scopes.iter().position(|scope| scope.is_of(info)).unwrap_or_else(|| {
            scopes.push(Scope::new(info));
            scopes.len() - 1
        });
        let mut name_and_kind = Vec::new();
        text(&mut name_and_kind, span::NAME, info.name);
        number(&mut name_and_kind, span::KIND, kind(info.kind).into());
        let encoded = |attributes: SiteAttributes| {
            let mut encoded = Vec::new();
            for (key, value) in attributes {
                key_value(&mut encoded, span::ATTRIBUTES, key, &value);
            }
            encoded.into()
        };
        Self {
            scope: scope as u32,
            name_and_kind: name_and_kind.into(),
            with_code: encoded(site_attributes(info)),
            constants: encoded(constants(info)),
            openings: info.keys.iter().map(|key| Opening::of(key)).collect(),
        }
    }

    /// Returns the attributes of all its spans.
    #[inline]
    pub(super) fn attributes(&self, with_code: bool) -> &[u8] {
        if with_code { &self.with_code } else { &self.constants }
    }

    /// Returns how attributes with the key of this index begin.
    #[inline]
    pub(super) fn opening(&self, index: usize) -> Option<&Opening> {
        self.openings.get(index)
    }
}

impl Scope {
    fn new(info: &'static SiteInfo) -> Self {
        let mut encoded = Vec::new();
        let declared = info.instrumentation_scope();
        let attributes = declared.into_iter().flat_map(|scope| scope.attributes());
        message::<2>(&mut encoded, scope_spans::SCOPE, |out| {
            text(out, scope::NAME, info.scope);
            text(out, scope::VERSION, info.version);
            for KeyValue { key, value, .. } in attributes {
                attribute(out, scope::ATTRIBUTES, key, value);
            }
        });
        let schema_url = declared.and_then(InstrumentationScope::schema_url);
        text(&mut encoded, scope_spans::SCHEMA_URL, schema_url.unwrap_or_default());
        Self { info, encoded: encoded.into() }
    }

    fn is_of(&self, info: &SiteInfo) -> bool {
        (self.info.scope, self.info.version) == (info.scope, info.version)
            && self.info.instrumentation_scope() == info.instrumentation_scope()
    }
}
