//! A site: the one static that an annotated function owns, and what its text says.
//!
//! A site is written by the attribute at compile time and never moves. Everything that is only
//! text lives in one string, so that a site costs one relocation and few bytes; the collector
//! splits it once. This file knows nothing of records, rings or exporters.

use crate::kind::SpanKind;
use crate::recorder::{RecordedValue, record};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{OnceLock, RwLock};

/// The static description of one annotated function or block.
///
/// `text` holds NUL-separated fields: function, module path, file, crate version, span name
/// (empty: the function), the first line of the documentation, then one field per attribute key, in
/// the order in which the expansion passes the values.
pub struct Site {
    /// The state word for which this site was last found plainly enabled (design: rule 9).
    resolved: AtomicU32,
    line: u32,
    text: &'static str,
    /// A name given as a constant expression; empty when the name is in `text`.
    name: &'static str,
    kind: SpanKind,
    root: bool,
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

    #[inline(always)]
    pub(crate) fn is_root(&self) -> bool {
        self.root
    }

    pub(crate) fn span_kind(&self) -> SpanKind {
        self.kind
    }

    /// The parsed text; parsed once per site and kept for the life of the program.
    pub(crate) fn info(&'static self) -> &'static SiteInfo {
        static PARSED: OnceLock<RwLock<HashMap<usize, &'static SiteInfo>>> = OnceLock::new();
        let parsed = PARSED.get_or_init(Default::default);
        let address = std::ptr::from_ref(self) as usize;
        if let Some(info) = parsed.read().unwrap_or_else(|e| e.into_inner()).get(&address) {
            return info;
        }
        let mut table = parsed.write().unwrap_or_else(|e| e.into_inner());
        let number = table.len() as u32;
        table.entry(address).or_insert_with(|| Box::leak(Box::new(SiteInfo::parse(self, number))))
    }
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
    /// The crate that holds the function: the name of the instrumentation scope.
    pub scope: &'static str,
    /// The version of that crate; empty when it is not known.
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
    /// Sites are numbered from zero, for those who keep something for each.
    #[cfg_attr(not(any(feature = "otlp-http", feature = "otlp-grpc")), allow(dead_code))]
    pub(crate) number: u32,
}

/// What [`SiteInfo::code_attributes`] returns.
pub(crate) type CodeAttributes =
    std::iter::Skip<std::array::IntoIter<(&'static str, RecordedValue<'static>), 3>>;

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
            number,
        }
    }

    /// The function without its module.
    #[cfg(feature = "metrics")]
    pub(crate) fn short_function(&'static self) -> &'static str {
        let module = self.module.len();
        self.function.get(module + 2..).filter(|_| module > 0).unwrap_or(&self.function)
    }

    /// The attributes that every span of the site carries
    /// ([source code attributes](https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/)).
    pub(crate) fn code_attributes(&'static self) -> CodeAttributes {
        let all = [
            ("code.function.name", RecordedValue::Static(&self.function)),
            ("code.file.path", RecordedValue::Static(self.file)),
            ("code.line.number", RecordedValue::U64(self.line.into())),
        ];
        // A block knows where it stands, not in which function.
        all.into_iter().skip(usize::from(self.function.is_empty()))
    }
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
        static SITE: Site = Site::new("f\0m\0f.rs\0\0literal", 1).name("constant");
        assert_eq!(SITE.info().name, "constant");
        static LITERAL: Site = Site::new("f\0m\0f.rs\0\0literal", 1);
        assert_eq!(LITERAL.info().name, "literal");
    }
}
