//! The macros of `trace-testkit`. Depend on that crate: it re-exports them.
//!
//! # Organization
//!
//! One folder per macro; `errors` gathers the mistakes of an invocation.
#![forbid(unsafe_code)]

use proc_macro::TokenStream;

mod errors;
mod tree;

/// What `trace_testkit::tree!` calls, with the path of that crate before its input.
#[proc_macro]
pub fn tree(input: TokenStream) -> TokenStream {
    tree::tree(input.into()).into()
}
