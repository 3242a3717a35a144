//! The macros of `trace-testkit`. Depend on that crate: it re-exports them.
//!
//! # Organization
//!
//! One folder per macro; `errors` collects the mistakes of an invocation, `hidden` names the module that
//! expansions use.
#![forbid(unsafe_code)]

mod errors;
mod hidden;
mod test;
mod tree;

use proc_macro::TokenStream;

#[doc = include_str!("docs/test.md")]
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    test::expand(arguments.into(), item.into()).into()
}

/// Implements `trace_testkit::tree!`, which puts the path of that crate before its input.
#[proc_macro]
pub fn tree(input: TokenStream) -> TokenStream {
    tree::tree(input.into()).into()
}
