//! Inspects the value that a function returned, through the traits that may be required of its type.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};

use super::names::Names;
use crate::model::error_type::Asked;
use crate::model::label::Moment;
use crate::model::returns::Returns;

/// A returned value. Its methods are called by their path, or have names that no trait in the user's
/// scope has.
pub(crate) struct Look<'a> {
    pub(crate) names: &'a Names,
    /// A reference to the value.
    pub(crate) returned: TokenStream,
    /// The kind of value that the signature promises.
    pub(crate) returns: Returns,
    /// The traits that may be required of the error.
    pub(crate) asked: Asked,
    /// The type of the value in the signature.
    pub(crate) blamed: Span,
}

impl Look<'_> {
    fn probe(&self) -> TokenStream {
        let (Names { at, rt }, returned) = (self.names, &self.returned);
        quote_spanned!(*at=> #rt::Probe(#returned))
    }

    /// Records the value if it is an error.
    pub(crate) fn record_error(&self, finish: impl ToTokens) -> TokenStream {
        let (at, tiers, probe) = (self.names.at, self.tiers(), self.probe());
        quote_spanned!(at=> (#tiers #probe).__record_error(#finish);)
    }

    /// Leaves the call `call`, which has failed if the value is an error.
    pub(crate) fn leave(&self, call: impl ToTokens) -> TokenStream {
        let (at, probe) = (self.names.at, self.probe());
        let tiers = self.tiers();
        quote_spanned!(at=> (#tiers #probe).__leave(#call);)
    }

    /// The inspector of the output of a future, whose type `returned` names.
    pub(crate) fn inspector(&self) -> TokenStream {
        let (at, tiers, output) = (self.names.at, self.tiers(), &self.returned);
        quote_spanned!(at=> (#tiers #output).__inspector())
    }

    /// References to a probe. Each opens one more tier.
    fn tiers(&self) -> TokenStream {
        let at = self.names.at;
        match self.asked {
            Asked::ForError => quote_spanned!(at=> &&&&&&),
            Asked::IfKnown => quote_spanned!(at=> &&&&),
            Asked::ForDisplay => quote_spanned!(at=> &&&),
        }
    }

    /// Records an error that `err(…)` inspects.
    pub(crate) fn record(&self, error: &TokenStream, kind: &TokenStream) -> TokenStream {
        let Names { at, rt } = self.names;
        let at = *at;
        let probe = quote_spanned!(at=> #rt::ErrorProbe(#error));
        match self.asked {
            Asked::ForError => quote_spanned!(at=> (&&&&&#probe).__record(__trace_finish, #kind);),
            Asked::IfKnown => quote_spanned!(at=> (&&&#probe).__record(__trace_finish, #kind);),
            Asked::ForDisplay => quote_spanned!(at=> (&&#probe).__record(__trace_finish, #kind);),
        }
    }

    /// Runs `body` on any value but an `Err`, which `body` sees under the names `seen`.
    pub(crate) fn with_value(&self, body: &TokenStream, seen: &[Ident]) -> TokenStream {
        if body.is_empty() {
            return TokenStream::new();
        }
        let (Names { at, rt }, probe) = (self.names, self.probe());
        let at = *at;
        quote_spanned! {at=>
            if let #rt::Option::Some(__trace_value) = (&#probe).__value() {
                #(#[allow(unused_variables)] let #seen = __trace_value;)*
                #body
            }
        }
    }

    /// Runs `body` on an error, which `body` sees under the names `seen`.
    pub(crate) fn with_error(&self, body: &TokenStream, seen: &[Ident]) -> TokenStream {
        if body.is_empty() {
            return TokenStream::new();
        }
        let (Names { at, rt }, returned) = (self.names, &self.returned);
        let at = *at;
        // The compiler reports a type without errors where the signature names it.
        let there = self.blamed.resolved_at(at);
        let error = quote_spanned!(there=> #rt::probe::Fallible::error(#returned));
        quote_spanned! {at=>
            if let #rt::Option::Some(__trace_error) = #error {
                #(#[allow(unused_variables)] let #seen = __trace_error;)*
                #body
            }
        }
    }

    /// Runs `body` unless the value contains an error.
    pub(crate) fn unless_failed(&self, body: &TokenStream) -> TokenStream {
        if matches!(self.returns, Returns::Nothing | Returns::Plain) {
            return body.clone();
        }
        let (at, probe) = (self.names.at, self.probe());
        quote_spanned!(at=> if !(&#probe).__failed() { #body })
    }

    /// Runs `body` if the value contains an error.
    pub(crate) fn if_failed(&self, body: &TokenStream) -> TokenStream {
        let (at, probe) = (self.names.at, self.probe());
        quote_spanned!(at=> if (&#probe).__failed() { #body })
    }
}

/// The identifier under which the user's expressions see a value, with the span that they give it,
/// so that expressions written by another macro find it, too.
pub(crate) fn binding(name: &str, expressions: &[TokenStream], at: Span) -> Ident {
    let spelled = expressions.iter().find_map(|expression| find(name, expression.clone()));
    let first = || expressions.iter().find_map(|expression| first(expression.clone()));
    Ident::new(name, spelled.or_else(first).unwrap_or(at))
}

/// Like [`binding`] for expressions that may come from different macros: one identifier for each.
pub(crate) fn bindings(
    moment: Moment,
    expressions: impl IntoIterator<Item = TokenStream>,
) -> Vec<Ident> {
    let Some(name) = moment.variable() else { return Vec::new() };
    let span = |expression: TokenStream| find(name, expression.clone()).or(first(expression));
    let spans = expressions.into_iter().filter_map(span);
    spans.map(|span| Ident::new(name, span)).collect()
}

fn first(tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().next().map(|token| token.span())
}

fn find(name: &str, tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == name => Some(ident.span()),
        TokenTree::Group(group) => find(name, group.stream()),
        _ => None,
    })
}
