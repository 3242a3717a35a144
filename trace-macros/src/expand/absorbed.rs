//! Keeps attributes known to the compiler that another attribute of this crate took off an item.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::Path;

use crate::syntax::keys;

/// Items that expand to nothing, on which the compiler resolves the attributes that were taken off:
/// so their imports count as used, and editors can navigate to them.
pub(crate) fn absorbed(paths: &[Path]) -> TokenStream {
    let at = Span::mixed_site();
    let absorbed = Ident::new(keys::ABSORBED, at);
    quote_spanned!(at=> #(#[#paths(#absorbed)] const _: () = ();)*)
}
