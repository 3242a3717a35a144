//! A site: the one static that an annotated function owns, and what its text says.
//!
//! A site is written by the attribute at compile time and never moves. Everything that is only
//! text lives in one string, so that a site costs one relocation and few bytes; the collector
//! splits it once. This file knows nothing of records, rings or exporters.

use crate::kind::SpanKind;
use crate::recorder::fields::shortened;
use crate::recorder::{RecordedValue, fork, record};
use crate::state;
#[cfg(feature = "opentelemetry")]
use opentelemetry::InstrumentationScope;
use std::collections::HashMap;
use std::iter::{Chain, Skip};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};
use std::{array, slice};

/// The static description of one annotated function or block.
///
/// `text` holds NUL-separated fields: function, module path, file, crate version, span name
/// (empty: the function), the first line of the documentation, then one field per attribute key, in
/// the order in which the expansion passes the values.
#[derive(Debug)]
pub struct Site {
    /// The state word for which this site was last found plainly enabled (design: rule 9).
    resolved: AtomicU32,
    line: u32,
    text: &'static str,
    /// A name given as a constant expression; empty when the name is in `text`.
    name: &'static str,
    kind: SpanKind,
    root: bool,
    attached: bool,
}

impl Site {
    /// A site of kind `Internal` whose name is in its text.
    pub const fn new(text: &'static str, line: u32) -> Self {
        Self {
            resolved: AtomicU32::new(0),
            line,
            text,
            name: "",
            kind: SpanKind::Internal,
            root: false,
            attached: false,
        }
    }

    /// Sets the kind of the spans of this site.
    pub const fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    /// Sets a name that is only known as a constant expression.
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Makes every span of this site the root of a trace of its own.
    pub const fn root(mut self) -> Self {
        self.root = true;
        self
    }

    /// Attaches every span of this site to OpenTelemetry's context while it is current.
    pub const fn attached(mut self) -> Self {
        self.attached = true;
        self
    }

    // HOT: one load and one compare decide that nothing special applies to this site.
    #[inline(always)]
    pub(crate) fn is_resolved_for(&self, state: u32) -> bool {
        self.resolved.load(Ordering::Relaxed) == state
    }

    /// Remembers that nothing special applies under `state`.
    pub(crate) fn resolve_for(&'static self, state: u32) {
        // Where a record of the short way has no room for the address, it is never taken.
        if record::has_room_for(self) {
            self.resolved.store(state, Ordering::Relaxed);
        }
    }

    /// Whether nothing but what the state says keeps its calls from the short way.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        !self.root && !self.attached
    }

    /// Whether its spans are attached to OpenTelemetry's context under `state`.
    pub(crate) fn is_attached(&self, state: u32) -> bool {
        self.attached || state & state::ATTACHING != 0
    }

    #[inline(always)]
    pub(crate) fn is_root(&self) -> bool {
        self.root
    }

    pub(crate) fn span_kind(&self) -> SpanKind {
        self.kind
    }

    /// The parsed text; parsed once per site and kept for the life of the program.
    pub fn info(&'static self) -> &'static SiteInfo {
        let address = std::ptr::from_ref(self) as usize;
        let parsed = PARSED.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(info) = parsed.as_ref().and_then(|parsed| parsed.get(&address)) {
            return info;
        }
        drop(parsed);
        self.parse(Vec::new())
    }

    /// Has every span of this site carry these attributes too; before its first span starts.
    pub(crate) fn set_constants(&'static self, constants: Vec<(&'static str, &'static str)>) {
        self.parse(constants);
    }

    /// A site of spans that stand for no place in the source, in an instrumentation scope; for the
    /// life of the program.
    #[cfg(feature = "opentelemetry")]
    pub fn of_scope(scope: InstrumentationScope) -> &'static Self {
        let site: &'static Self = Box::leak(Box::new(Self::new("", 0)));
        site.keep(|number| SiteInfo::of_scope(site, number, scope));
        site
    }

    fn parse(&'static self, constants: Vec<(&'static str, &'static str)>) -> &'static SiteInfo {
        self.keep(|number| SiteInfo { constants, ..SiteInfo::parse(self, number) })
    }

    /// Keeps what the site says, unless that is known already.
    fn keep(&'static self, say: impl FnOnce(u32) -> SiteInfo) -> &'static SiteInfo {
        let address = std::ptr::from_ref(self) as usize;
        let mut parsed = PARSED.write().unwrap_or_else(PoisonError::into_inner);
        let parsed = parsed.get_or_insert_default();
        let number = parsed.len() as u32;
        parsed.entry(address).or_insert_with(|| Box::leak(Box::new(say(number))))
    }
}

/// What the sites say, by their addresses.
static PARSED: RwLock<Option<HashMap<usize, &'static SiteInfo>>> = RwLock::new(None);

/// Has forks wait until no other thread is in here.
pub fn keep_over_forks() {
    fork::keep(&PARSED, fork::unchanged);
}

/// What a site says about itself, ready for exporters.
#[derive(Debug)]
#[non_exhaustive]
pub struct SiteInfo {
    /// The name of its spans, unless the span carries one of its own.
    pub name: &'static str,
    /// `code.function.name`: module path and function, fully qualified; empty for a block.
    pub function: String,
    /// The module path of the function.
    pub module: &'static str,
    /// The name of the instrumentation scope: the crate that holds the function, or what a tracer of
    /// OpenTelemetry's API goes by.
    pub scope: &'static str,
    /// The version of that; empty when it is not known.
    pub version: &'static str,
    /// `code.file.path`.
    pub file: &'static str,
    /// `code.line.number`.
    pub line: u32,
    /// The first line of its documentation; empty if there is none.
    pub documentation: &'static str,
    /// The kind of its spans.
    pub kind: SpanKind,
    /// The attribute keys, in the order in which values are recorded.
    pub keys: Vec<&'static str>,
    /// The instrumentation scope, where code that uses OpenTelemetry's API has said one.
    #[cfg(feature = "opentelemetry")]
    instrumentation: Option<InstrumentationScope>,
    /// What every span of the site carries beside its place.
    constants: Vec<(&'static str, &'static str)>,
    number: u32,
}

/// What [`code_attributes`] returns.
#[derive(Clone)]
pub struct CodeAttributes(
    Chain<Skip<array::IntoIter<(&'static str, RecordedValue<'static>), 3>>, Constants>,
);

impl Iterator for CodeAttributes {
    type Item = (&'static str, RecordedValue<'static>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key, shortened(value)))
    }
}

/// What every span of a site carries beside its place.
#[derive(Clone)]
pub(crate) struct Constants(slice::Iter<'static, (&'static str, &'static str)>);

impl Iterator for Constants {
    type Item = (&'static str, RecordedValue<'static>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (*key, RecordedValue::Static(value)))
    }
}

impl SiteInfo {
    fn parse(site: &Site, number: u32) -> Self {
        let mut fields = site.text.split('\0');
        let mut next = || fields.next().unwrap_or_default();
        let (function, module, file, version) = (next(), next(), next(), next());
        let (name, documentation) = (next(), next());
        Self {
            name: match (site.name, name) {
                ("", "") => function,
                ("", name) => name,
                (name, _) => name,
            },
            function: match (module, function) {
                // A block knows where it stands, not in which function.
                (_, "") => String::new(),
                ("", function) => function.to_owned(),
                (module, function) => format!("{module}::{function}"),
            },
            module,
            scope: module.split("::").next().unwrap_or_default(),
            version,
            file,
            line: site.line,
            documentation,
            kind: site.kind,
            keys: fields.collect(),
            #[cfg(feature = "opentelemetry")]
            instrumentation: None,
            constants: Vec::new(),
            number,
        }
    }

    #[cfg(feature = "opentelemetry")]
    fn of_scope(site: &Site, number: u32, scope: InstrumentationScope) -> Self {
        Self {
            scope: scope.name().to_owned().leak(),
            version: scope.version().unwrap_or_default().to_owned().leak(),
            instrumentation: Some(scope),
            ..Self::parse(site, number)
        }
    }

    /// The instrumentation scope that a tracer of OpenTelemetry's API has said; `None` for what an
    /// attribute or this crate's own API has recorded.
    #[cfg(feature = "opentelemetry")]
    pub fn instrumentation_scope(&self) -> Option<&InstrumentationScope> {
        self.instrumentation.as_ref()
    }
}

/// The function of a site without its module.
#[cfg(feature = "metrics")]
pub fn short_function(site: &'static SiteInfo) -> &'static str {
    let module = site.module.len();
    site.function.get(module + 2..).filter(|_| module > 0).unwrap_or(&site.function)
}

/// The attributes that every span of the site carries
/// ([source code attributes](https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/)).
pub fn code_attributes(site: &'static SiteInfo) -> CodeAttributes {
    let all = [
        ("code.function.name", RecordedValue::Static(&site.function)),
        ("code.file.path", RecordedValue::Static(site.file)),
        ("code.line.number", RecordedValue::U64(site.line.into())),
    ];
    let unknown = match (&*site.function, site.file) {
        ("", "") => 3,
        // A block knows where it stands, not in which function.
        ("", _) => 1,
        _ => 0,
    };
    let place = all.into_iter().skip(unknown);
    CodeAttributes(place.chain(Constants(site.constants.iter())))
}

/// The number of a site, for what keeps something for each. Sites are numbered from zero.
pub fn number_of(site: &SiteInfo) -> usize {
    site.number as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_splits_into_fields_and_keys() {
        static SITE: Site =
            Site::new("Cart::add\0shop::cart\0src/cart.rs\x001.2.3\0\0Adds.\0order.id\0size", 7)
                .kind(SpanKind::Server);
        let info = SITE.info();
        assert_eq!(info.name, "Cart::add");
        assert_eq!(info.function, "shop::cart::Cart::add");
        assert_eq!((info.scope, info.version), ("shop", "1.2.3"));
        assert_eq!((info.file, info.line, info.kind), ("src/cart.rs", 7, SpanKind::Server));
        assert_eq!((info.documentation, &info.keys[..]), ("Adds.", &["order.id", "size"][..]));
        assert!(std::ptr::eq(info, SITE.info()));
    }

    #[test]
    fn constants_follow_the_place() {
        static SITE: Site = Site::new("\0m\0f.rs\0\0request\0", 3);
        SITE.set_constants(vec![("target", "shop")]);
        let keys: Vec<_> = code_attributes(SITE.info()).map(|(key, _)| key).collect();
        assert_eq!(keys, ["code.file.path", "code.line.number", "target"]);
    }

    #[test]
    fn a_constant_name_beats_the_text() {
        static SITE: Site = Site::new("f\0m\0f.rs\0\0literal", 1).name("constant");
        assert_eq!(SITE.info().name, "constant");
        static LITERAL: Site = Site::new("f\0m\0f.rs\0\0literal", 1);
        assert_eq!(LITERAL.info().name, "literal");
    }
}
