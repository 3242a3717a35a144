//! What is read from the value that a function returned.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;

use super::{Names, start};
use crate::model::trace::{ErrorPolicy, Trace};

/// Statements that look at `returned`, a reference, and report to `finish`, a `&mut Finish`;
/// `blamed` is the type of the value. Methods are called by their path, or have a name that no
/// trait in the scope of the user has.
pub(crate) fn inspect(
    trace: &Trace,
    names: &Names,
    returned: &TokenStream,
    finish: &TokenStream,
    blamed: Span,
) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    let probe = quote_spanned!(at=> #rt::Probe(#returned));
    let values = (!trace.ret.is_empty()).then(|| {
        let first = proc_macro2::Literal::u16_unsuffixed(trace.start.len() as u16);
        let values = start::values(&trace.ret, names);
        let ret = binding("ret", trace.ret.iter().map(|field| &field.value), at);
        quote_spanned! {at=>
            if let #rt::Option::Some(__trace_value) = (&#probe).__value() {
                #[allow(unused_variables)]
                let #ret = __trace_value;
                #rt::Finish::attributes(__trace_finish, &__TRACE_SITE, #first, &#values);
            }
        }
    });
    let error = match &trace.err {
        ErrorPolicy::Ignore => None,
        ErrorPolicy::Inspect => {
            Some(quote_spanned!(at=> (&&&&&#probe).__record_error(__trace_finish);))
        }
        ErrorPolicy::Custom(err) => {
            let expressions: Vec<TokenStream> = [&err.when, &err.kind]
                .into_iter()
                .flatten()
                .map(quote::ToTokens::to_token_stream)
                .collect();
            let name = binding("err", expressions.iter(), at);
            let kind = match &err.kind {
                Some(kind) => {
                    let kind = start::borrow(kind);
                    quote_spanned!(at=> #rt::Option::Some(#rt::ToValue::to_value(#kind)))
                }
                None => quote_spanned!(at=> #rt::Option::None),
            };
            let record = quote_spanned! {at=>
                (&&&&#rt::ErrorProbe(__trace_error)).__record(__trace_finish, #kind);
            };
            let record = match &err.when {
                Some(when) => quote_spanned!(at=> if #when { #record }),
                None => record,
            };
            // A type without errors is blamed where it is written.
            let there = blamed.resolved_at(at);
            let error = quote_spanned!(there=> #rt::probe::Fallible::error(#returned));
            Some(quote_spanned! {at=>
                if let #rt::Option::Some(__trace_error) = #error {
                    #[allow(unused_variables)]
                    let #name = __trace_error;
                    #record
                }
            })
        }
    };
    // Expressions of the user run only when the span records.
    if values.is_none() && matches!(trace.err, ErrorPolicy::Inspect) {
        return quote_spanned! {at=> {
            use #rt::probe::tiers::*;
            (&&&&&#probe).__record_error(#finish);
        }};
    }
    quote_spanned! {at=> {
        #[allow(unused_imports)]
        use #rt::probe::tiers::*;
        let __trace_finish = #finish;
        if #rt::Finish::recording(__trace_finish) {
            #values
            #error
        }
    }}
}

/// The identifier under which expressions of the user see a value: as they spell it, so that it
/// is found also in expressions written by another macro.
fn binding<'a>(name: &str, expressions: impl Iterator<Item = &'a TokenStream>, at: Span) -> Ident {
    let mut first = None;
    for expression in expressions {
        first = first.or_else(|| expression.clone().into_iter().next().map(|token| token.span()));
        if let Some(span) = find(name, expression.clone()) {
            return Ident::new(name, span);
        }
    }
    Ident::new(name, first.unwrap_or(at))
}

fn find(name: &str, tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == name => Some(ident.span()),
        TokenTree::Group(group) => find(name, group.stream()),
        _ => None,
    })
}
