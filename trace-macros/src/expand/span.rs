//! Expands `span!`.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::names::Names;
use super::{site, start};
use crate::errors::Errors;
use crate::hidden::Root;
use crate::model::call::Origin;
use crate::model::trace::Trace;
use crate::syntax::option::{Options as _, Place};
use crate::syntax::trace::Options;

pub(crate) fn expand(root: Root, input: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let mut options = Options::parse(input, Place::Block, &mut errors);
    let krate = options.krate.take();
    let names = Names::new(root, krate.as_ref());
    let trace = Trace::block(options, &mut errors);
    if !errors.is_empty() {
        let (mistakes, at, rt) = (errors.finish(), names.at, &names.rt);
        return quote_spanned!(at=> { #mistakes #rt::Guard::off() });
    }
    drop(errors.finish());
    let origin =
        Origin { root, krate, function: String::new(), line: None, documentation: String::new() };
    let site = site::site(&origin, Some(&trace), &names);
    let start = start::opened(&trace, &names, start::Opened::Guard);
    let at = names.at;
    quote_spanned!(at=> { #site #start })
}
