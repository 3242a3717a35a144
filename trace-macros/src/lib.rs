//! The attributes of `trace-runtime`. Depend on that crate: it re-exports them.
//!
//! # Organization
//!
//! `syntax` reads what was written, `model` checks what was meant, `expand` writes the expansion;
//! `errors` holds the words of every mistake. `docs/` has one page per macro.
//!
//! Without the feature `enabled` only `off` is compiled: items pass untouched.
#![forbid(unsafe_code)]

use proc_macro::TokenStream;

#[cfg(feature = "enabled")]
mod errors;
#[cfg(feature = "enabled")]
mod expand;
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
#[cfg(not(feature = "enabled"))]
use off as expansion;

/// The module of the runtime that expansions call. Its name carries the version, so that nobody
/// can lean on it, and so that a macro never meets the runtime of another version.
const PRIVATE: &str = concat!(
    "__private_",
    env!("CARGO_PKG_VERSION_MAJOR"),
    "_",
    env!("CARGO_PKG_VERSION_MINOR"),
    "_",
    env!("CARGO_PKG_VERSION_PATCH")
);

#[doc = include_str!("docs/trace.md")]
#[proc_macro_attribute]
pub fn trace(options: TokenStream, item: TokenStream) -> TokenStream {
    expansion::trace(options, item)
}

#[doc = include_str!("docs/metered.md")]
#[proc_macro_attribute]
pub fn metered(options: TokenStream, item: TokenStream) -> TokenStream {
    expansion::metered(options, item)
}

#[doc = include_str!("docs/business_metric.md")]
#[proc_macro_attribute]
pub fn business_metric(options: TokenStream, item: TokenStream) -> TokenStream {
    expansion::business_metric(options, item)
}

#[doc = include_str!("docs/label.md")]
#[proc_macro_derive(Label, attributes(label))]
pub fn label(item: TokenStream) -> TokenStream {
    expansion::label(item)
}

#[doc = include_str!("docs/span.md")]
#[proc_macro]
pub fn span(input: TokenStream) -> TokenStream {
    expansion::span(input)
}

/// Names that no label may have, for the runtime alone.
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
    versioned::rename(input, PRIVATE)
}
