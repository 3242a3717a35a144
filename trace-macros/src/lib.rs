//! The attributes of `trace-runtime` and `trace-core`. Depend on one of those: they re-export them.
//!
//! # Organization
//!
//! `syntax` parses what was written, `model` validates what was meant, `expand` writes the
//! expansion; `errors` holds the text of every message. `hidden` names the module that expansions
//! call. `docs/` has one page per macro.
//!
//! Each macro exists twice: under its own name it expands to paths of `trace-runtime`, and under a
//! name with `core_` in front, which is hidden, to paths of `trace-core`.
//!
//! Without the feature `enabled`, only `off` is compiled: items stay untouched.
#![forbid(unsafe_code)]

use proc_macro::TokenStream;

#[cfg(feature = "enabled")]
mod attribute;
#[cfg(feature = "enabled")]
mod errors;
#[cfg(feature = "enabled")]
mod expand;
mod hidden;
#[cfg(feature = "enabled")]
mod model;
#[cfg(any(not(feature = "enabled"), test))]
#[cfg_attr(test, allow(dead_code, clippy::cmp_owned))]
mod off;
#[cfg(feature = "enabled")]
mod syntax;
mod versioned;

#[cfg(feature = "enabled")]
use expand as expansion;
use hidden::Root;
#[cfg(not(feature = "enabled"))]
use off as expansion;

#[doc = include_str!("docs/trace.md")]
#[proc_macro_attribute]
pub fn trace(options: TokenStream, item: TokenStream) -> TokenStream {
    expansion::trace(Root::Runtime, options, item)
}

#[doc = include_str!("docs/metered.md")]
#[proc_macro_attribute]
pub fn metered(options: TokenStream, item: TokenStream) -> TokenStream {
    expansion::metered(Root::Runtime, options, item)
}

#[doc = include_str!("docs/business_metric.md")]
#[proc_macro_attribute]
pub fn business_metric(options: TokenStream, item: TokenStream) -> TokenStream {
    expansion::business_metric(Root::Runtime, options, item)
}

#[doc = include_str!("docs/label.md")]
#[proc_macro_derive(Label, attributes(label))]
pub fn label(item: TokenStream) -> TokenStream {
    expansion::label(Root::Runtime, item)
}

#[doc = include_str!("docs/span.md")]
#[proc_macro]
pub fn span(input: TokenStream) -> TokenStream {
    expansion::span(Root::Runtime, input)
}

// The twins for `trace-core`, which re-exports them without `core_`. Their pages are those above,
// whose examples run there.

#[doc(hidden)]
#[cfg_attr(not(doctest), doc = include_str!("docs/trace.md"))]
#[proc_macro_attribute]
pub fn core_trace(options: TokenStream, item: TokenStream) -> TokenStream {
    expansion::trace(Root::Core, options, item)
}

#[doc(hidden)]
#[cfg_attr(not(doctest), doc = include_str!("docs/metered.md"))]
#[proc_macro_attribute]
pub fn core_metered(options: TokenStream, item: TokenStream) -> TokenStream {
    expansion::metered(Root::Core, options, item)
}

#[doc(hidden)]
#[cfg_attr(not(doctest), doc = include_str!("docs/business_metric.md"))]
#[proc_macro_attribute]
pub fn core_business_metric(options: TokenStream, item: TokenStream) -> TokenStream {
    expansion::business_metric(Root::Core, options, item)
}

#[doc(hidden)]
#[cfg_attr(not(doctest), doc = include_str!("docs/label.md"))]
#[proc_macro_derive(CoreLabel, attributes(label))]
pub fn core_label(item: TokenStream) -> TokenStream {
    expansion::label(Root::Core, item)
}

#[doc(hidden)]
#[cfg_attr(not(doctest), doc = include_str!("docs/span.md"))]
#[proc_macro]
pub fn core_span(input: TokenStream) -> TokenStream {
    expansion::span(Root::Core, input)
}

/// Expands to the names that no label may have, for the runtime alone.
#[cfg(feature = "enabled")]
#[doc(hidden)]
#[proc_macro]
pub fn __reserved_labels(_: TokenStream) -> TokenStream {
    expansion::reserved_labels()
}

/// Renames `__private` in its input to the hidden module of this version, for the crates of this
/// workspace alone.
#[doc(hidden)]
#[proc_macro]
pub fn __versioned(input: TokenStream) -> TokenStream {
    versioned::rename(input, hidden::MODULE)
}
