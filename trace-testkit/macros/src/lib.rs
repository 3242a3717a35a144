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
use syn::Ident;

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

/// The module of the testkit that expansions call. Its name carries the version, so that no other code
/// leans on it.
fn private() -> Ident {
    let version = concat!(
        env!("CARGO_PKG_VERSION_MAJOR"),
        "_",
        env!("CARGO_PKG_VERSION_MINOR"),
        "_",
        env!("CARGO_PKG_VERSION_PATCH")
    );
    quote::format_ident!("__private_{version}")
}
