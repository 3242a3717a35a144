//! Expands one function, or prints it plainly where its options have mistakes.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};

use super::absorbed::absorbed;
use super::body;
use crate::errors::{self, Errors};
use crate::model::validate;
use crate::syntax::item::Function;
use crate::syntax::stack::Stack;

pub(crate) fn expand(
    stack: Stack,
    mut function: Function,
    owner: Option<&str>,
    errors: &mut Errors,
) -> TokenStream {
    let (first, is_bare) = (stack.first(), stack.is_bare);
    let call = validate::call(stack, &mut function, owner, errors);
    if function.body.is_none() {
        if !is_bare || call.span.is_some_and(|span| !span.start.is_empty()) {
            errors.on(&function.sig.ident, errors::no_body(first));
        }
        return function.into_token_stream();
    }
    if !errors.is_empty() {
        // Imports that only the other attributes need, and parameters that only the options use,
        // must not cause further messages.
        if let Some(body) = &mut function.body {
            body.inner.extend(absorbed(&call.absorbed));
        }
        let at = Span::mixed_site();
        return quote_spanned!(at=> #[allow(unused_variables)] #function);
    }
    body::expand(function, &call)
}
