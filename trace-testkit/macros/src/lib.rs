//! The macros of `trace-testkit`. Depend on that crate: it re-exports them.
#![forbid(unsafe_code)]

mod test;

use proc_macro::TokenStream;

#[doc = include_str!("docs/test.md")]
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    test::expand(arguments.into(), item.into()).into()
}
