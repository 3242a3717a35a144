//! Names the hidden module that expansions use. The version is part of the name, so that no other code
//! can depend on the module.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

const MODULE: &str = concat!(
    "__private_",
    env!("CARGO_PKG_VERSION_MAJOR"),
    "_",
    env!("CARGO_PKG_VERSION_MINOR"),
    "_",
    env!("CARGO_PKG_VERSION_PATCH")
);

/// The path of the module, below that of `trace-testkit`.
pub(crate) fn module(krate: &TokenStream) -> TokenStream {
    let module = Ident::new(MODULE, Span::call_site());
    quote!(#krate::#module)
}
