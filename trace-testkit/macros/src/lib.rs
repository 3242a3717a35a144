//! The macros of `trace-testkit`. Depend on that crate: it re-exports them.
//!
//! # Organization
//!
//! One folder per macro; `errors` gathers the mistakes of an invocation.
#![forbid(unsafe_code)]

mod errors;
mod test;
mod tree;

use proc_macro::TokenStream;

#[doc = include_str!("docs/test.md")]
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    test::expand(arguments.into(), item.into()).into()
}

/// What `trace_testkit::tree!` calls, with the path of that crate before its input.
#[proc_macro]
pub fn tree(input: TokenStream) -> TokenStream {
    tree::tree(input.into()).into()
}
