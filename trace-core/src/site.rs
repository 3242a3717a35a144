//! Sites: the one static that each annotated function owns, and the fields in its text.
//!
//! A site is created by the attribute at compile time and never moves. All text is in one string,
//! so that a site costs one relocation and few bytes; the collector splits it once. This file does
//! not depend on records, rings or exporters.

use crate::fork;
use crate::kind::SpanKind;
use crate::level::Level;
use crate::state;
#[cfg(feature = "opentelemetry")]
use opentelemetry::InstrumentationScope;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};

/// The static description of one annotated function or block.
///
/// `text` holds NUL-separated fields: function, module path, file, crate version, span name
/// (empty: the function), the first line of the documentation, then one field per attribute key, in
/// the order in which the expansion passes the values.
#[derive(Debug)]
pub struct Site {
    /// The state word for which this site was last found to be enabled with nothing special
    /// applying (design: rule 9).
    resolved: AtomicU32,
    /// What applies at this site, and the generation for which that was determined.
    needs: AtomicU32,
    /// The line, in the bits below those of the properties.
    properties: u32,
    text: &'static str,
    /// A name given as a constant expression; `None` when the name is in `text`.
    // A pointer, because few sites have such a name, and each has room for it.
    name: Option<&'static &'static str>,
}

/// The properties of a site that are not text.
const ROOT: u32 = 1 << 31;
const ATTACHED: u32 = 1 << 30;
/// Its keys are those of returned values only.
const UNDESCRIBED: u32 = 1 << 23;
const KIND_SHIFT: u32 = 27;
const KIND: u32 = 7 << KIND_SHIFT;
const LEVEL_SHIFT: u32 = 24;
const LEVEL: u32 = 7 << LEVEL_SHIFT;
/// Set in the levels that are not on by default.
const VERBOSE: u32 = 4 << LEVEL_SHIFT;
const LINE: u32 = UNDESCRIBED - 1;

const _: () = {
    assert!((Level::Debug as u32) << LEVEL_SHIFT & VERBOSE != 0);
    assert!((Level::Info as u32) << LEVEL_SHIFT & VERBOSE == 0);
};

impl Site {
    /// Creates a site of kind `Internal` and level `Info` whose name is in its text.
    pub const fn new(text: &'static str, line: u32) -> Self {
        let (resolved, needs) = (AtomicU32::new(0), AtomicU32::new(0));
        let line = if line < LINE { line } else { LINE };
        let properties = line | (Level::Info as u32) << LEVEL_SHIFT;
        Self { resolved, needs, properties, text, name: None }
    }

    /// Sets the level of the spans of this site.
    pub const fn level(mut self, level: Level) -> Self {
        self.properties = self.properties & !LEVEL | (level as u32) << LEVEL_SHIFT;
        self
    }

    /// Sets the kind of the spans of this site.
    pub const fn kind(mut self, kind: SpanKind) -> Self {
        self.properties |= (kind as u32) << KIND_SHIFT;
        self
    }

    /// Sets a name that is known only as a constant expression.
    pub const fn name(mut self, name: &'static &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Makes every span of this site the root of a new trace.
    pub const fn root(mut self) -> Self {
        self.properties |= ROOT;
        self
    }

    /// Attaches every span of this site to OpenTelemetry's context while it is current.
    pub const fn attached(mut self) -> Self {
        self.properties |= ATTACHED;
        self
    }

    /// Declares that all its keys are those of returned values.
    pub const fn undescribed(mut self) -> Self {
        self.properties |= UNDESCRIBED;
        self
    }

    /// Returns whether an async function of this site evaluates attributes when it begins.
    pub(crate) fn is_described(&'static self) -> bool {
        self.properties & UNDESCRIBED == 0 && !self.info().keys.is_empty()
    }

    // HOT: one load and one compare establish that nothing special applies to this site.
    #[inline(always)]
    pub(crate) fn is_resolved_for(&self, state: u32) -> bool {
        self.resolved.load(Ordering::Relaxed) == state
    }

    /// Remembers that nothing special applies under `state`.
    pub(crate) fn resolve_for(&'static self, state: u32) {
        // If a fast-path record has no room for the address, the fast path is never taken.
        if has_room_for(self) {
            self.resolved.store(state, Ordering::Relaxed);
        }
    }

    /// Returns what applies at this site; `None`: not determined for this state.
    #[inline]
    pub(crate) fn needs_for(&self, state: u32) -> Option<SiteNeeds> {
        let needs = self.needs.load(Ordering::Relaxed);
        let is_known = state::generation(needs) == state::generation(state) && needs & KNOWN != 0;
        is_known.then_some(SiteNeeds(needs as u8 & !(KNOWN as u8)))
    }

    /// Remembers what applies at this site for the generation of `state`.
    pub(crate) fn remember_needs(&self, state: u32, needs: SiteNeeds) {
        let word = state::generation(state) | KNOWN | u32::from(needs.0);
        self.needs.store(word, Ordering::Relaxed);
    }

    /// Returns the level of its spans.
    pub(crate) fn span_level(&self) -> Level {
        Level::from_u8(((self.properties & LEVEL) >> LEVEL_SHIFT) as u8)
    }

    /// Returns whether its level is off unless something has turned it on.
    #[inline(always)]
    pub(crate) fn is_verbose(&self) -> bool {
        self.properties & VERBOSE != 0
    }

    /// Returns whether only the state can keep its calls from the fast path.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        self.properties & (ROOT | ATTACHED) == 0
    }

    /// Returns whether its spans are attached to OpenTelemetry's context under `state`.
    pub(crate) fn is_attached(&self, state: u32) -> bool {
        self.properties & ATTACHED != 0 || state & state::ATTACHING != 0
    }

    /// Returns whether its calls do more than follow the decision to record nothing: they begin traces, or are
    /// attached, so that other code follows it, too.
    // HOT: one test.
    #[inline(always)]
    pub(crate) fn is_root_or_attached(&self) -> bool {
        self.properties & (ROOT | ATTACHED) != 0
    }

    /// Returns whether its own spans are attached to OpenTelemetry's context, whatever applies to all.
    pub(crate) fn attaches(&self) -> bool {
        self.properties & ATTACHED != 0
    }

    #[inline(always)]
    pub(crate) fn is_root(&self) -> bool {
        self.properties & ROOT != 0
    }

    pub(crate) fn span_kind(&self) -> SpanKind {
        SpanKind::from_u8(((self.properties & KIND) >> KIND_SHIFT) as u8)
    }

    /// Returns the parsed text; parsed once per site and kept for the life of the program.
    pub fn info(&'static self) -> &'static SiteInfo {
        let address = std::ptr::from_ref(self) as usize;
        let parsed = PARSED.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(info) = parsed.as_ref().and_then(|parsed| parsed.get(&address)) {
            return info;
        }
        drop(parsed);
        self.parse(Vec::new())
    }

    /// Adds these attributes to every span of this site; must precede the start of its first span.
    pub(crate) fn set_constants(&'static self, constants: Vec<(&'static str, &'static str)>) {
        self.parse(constants);
    }

    /// Creates a site for spans without a place in the source, in an instrumentation scope; it
    /// lives as long as the program.
    #[cfg(feature = "opentelemetry")]
    pub fn of_scope(scope: InstrumentationScope) -> &'static Self {
        let site: &'static Self = Box::leak(Box::new(Self::new("", 0)));
        site.keep(|number| SiteInfo::of_scope(site, number, scope));
        site
    }

    fn parse(&'static self, constants: Vec<(&'static str, &'static str)>) -> &'static SiteInfo {
        self.keep(|number| SiteInfo { constants, ..SiteInfo::parse(self, number) })
    }

    /// Stores the site's parsed text, unless it is already known.
    fn keep(&'static self, say: impl FnOnce(u32) -> SiteInfo) -> &'static SiteInfo {
        let address = std::ptr::from_ref(self) as usize;
        let mut parsed = PARSED.write().unwrap_or_else(PoisonError::into_inner);
        let parsed = parsed.get_or_insert_default();
        let number = parsed.len() as u32;
        parsed.entry(address).or_insert_with(|| Box::leak(Box::new(say(number))))
    }
}

/// In the needs of a site: they were determined.
const KNOWN: u32 = 0x80;

/// What applies at a site beyond the state of the process: the needs of the sampler, and whether the site
/// has spans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SiteNeeds(u8);

impl SiteNeeds {
    const CHILDREN: u8 = 1;
    const ATTRIBUTES: u8 = 2;
    const QUIET: u8 = 4;
    const OFF: u8 = 8;

    /// Nothing applies.
    pub(crate) const NONE: Self = Self(0);
    /// The sampler is asked about children.
    pub(crate) const ASKS: Self = Self(Self::CHILDREN);
    /// The sampler looks at attributes.
    pub(crate) const SHOWS: Self = Self(Self::ATTRIBUTES);
    /// There are spans only for requests at the level of the site.
    pub(crate) const FOR_SOME: Self = Self(Self::QUIET);
    /// There are no spans.
    pub(crate) const FOR_NONE: Self = Self(Self::OFF);

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns whether the sampler is asked about children.
    #[inline(always)]
    pub(crate) const fn children(self) -> bool {
        self.0 & Self::CHILDREN != 0
    }

    /// Returns whether the sampler looks at attributes.
    #[inline(always)]
    pub(crate) const fn attributes(self) -> bool {
        self.0 & Self::ATTRIBUTES != 0
    }

    /// Returns whether each call needs a decision: by the sampler, or about its level.
    #[inline(always)]
    pub(crate) const fn decide(self) -> bool {
        self.0 & (Self::CHILDREN | Self::QUIET | Self::OFF) != 0
    }

    /// Returns whether a call may have no span whatever the sampler decides.
    #[inline(always)]
    pub(crate) const fn may_be_silent(self) -> bool {
        self.0 & (Self::QUIET | Self::OFF) != 0
    }

    /// Returns whether there are no spans.
    #[inline(always)]
    pub(crate) const fn is_off(self) -> bool {
        self.0 & Self::OFF != 0
    }
}

/// The number of address bits for which an `ENTER` has room; on existing processors, programs use
/// no others unless they ask for them.
pub(crate) const SITE_BITS: u32 = 48;

/// Returns whether a first word has room for the address of a static.
#[inline(always)]
pub(crate) fn has_room_for<T>(at: &'static T) -> bool {
    std::ptr::from_ref(at) as u64 >> SITE_BITS == 0
}

/// The parsed texts of the sites, by address.
static PARSED: RwLock<Option<HashMap<usize, &'static SiteInfo>>> = RwLock::new(None);

/// Holds this lock across forks.
pub fn keep_over_forks() {
    fork::keep(&PARSED, fork::unchanged);
}

/// The description of a site, ready for exporters.
#[derive(Debug)]
#[non_exhaustive]
pub struct SiteInfo {
    /// The name of its spans, unless a span has its own.
    pub name: &'static str,
    /// `code.function.name`: module path and function, fully qualified; empty for a block.
    pub function: String,
    /// The module path of the function.
    pub module: &'static str,
    /// The name of the instrumentation scope: the crate that contains the function, or the name of
    /// an OpenTelemetry tracer.
    pub scope: &'static str,
    /// The version of the instrumentation scope; empty if it is unknown.
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
    /// The instrumentation scope, if code that uses OpenTelemetry's API has set one.
    #[cfg(feature = "opentelemetry")]
    instrumentation: Option<InstrumentationScope>,
    /// The attributes that every span of the site carries in addition to its source location.
    pub(crate) constants: Vec<(&'static str, &'static str)>,
    number: u32,
}

impl SiteInfo {
    fn parse(site: &Site, number: u32) -> Self {
        let mut fields = site.text.split('\0');
        let mut next = || fields.next().unwrap_or_default();
        let (function, module, file, version) = (next(), next(), next(), next());
        let (name, documentation) = (next(), next());
        Self {
            name: match (site.name, name) {
                (Some(&name), _) => name,
                (None, "") => function,
                (None, name) => name,
            },
            function: match (module, function) {
                // A block has a location, but no function name.
                (_, "") => String::new(),
                ("", function) => function.to_owned(),
                (module, function) => format!("{module}::{function}"),
            },
            module,
            scope: module.split("::").next().unwrap_or_default(),
            version,
            file,
            line: site.properties & LINE,
            documentation,
            kind: site.span_kind(),
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

    /// Returns the instrumentation scope set by a tracer of OpenTelemetry's API; `None` for spans
    /// recorded through an attribute or this crate's own API.
    #[cfg(feature = "opentelemetry")]
    pub fn instrumentation_scope(&self) -> Option<&InstrumentationScope> {
        self.instrumentation.as_ref()
    }
}

/// Returns the function of a site without its module.
#[cfg(feature = "metrics")]
pub fn short_function(site: &'static SiteInfo) -> &'static str {
    let module = site.module.len();
    site.function.get(module + 2..).filter(|_| module > 0).unwrap_or(&site.function)
}

/// Returns the number of a site, for per-site tables. Sites are numbered from zero.
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
    fn a_constant_name_beats_the_text() {
        static SITE: Site = Site::new("f\0m\0f.rs\0\0literal", 1).name(&"constant");
        assert_eq!(SITE.info().name, "constant");
        static LITERAL: Site = Site::new("f\0m\0f.rs\0\0literal", 1);
        assert_eq!(LITERAL.info().name, "literal");
    }
}
