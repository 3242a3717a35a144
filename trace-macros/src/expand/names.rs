//! The names that an expansion uses.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::Path;

use crate::hidden::{self, Root};

/// The span of all names in an expansion, and the module that it calls. All names are `mixed_site`:
/// invisible to the body, and of this crate's edition, whose rules on captures and temporaries
/// therefore hold everywhere.
pub(crate) struct Names {
    pub(crate) at: Span,
    /// The hidden module.
    pub(crate) rt: TokenStream,
}

impl Names {
    /// The names of an expansion that finds the hidden module at `krate`, or else in `root`.
    pub(crate) fn new(root: Root, krate: Option<&Path>) -> Self {
        let at = Span::mixed_site();
        let module = Ident::new(hidden::MODULE, at);
        let rt = match krate {
            Some(path) => quote_spanned!(at=> #path::#module),
            None => {
                let root = Ident::new(root.name(), at);
                quote_spanned!(at=> ::#root::#module)
            }
        };
        Self { at, rt }
    }
}
