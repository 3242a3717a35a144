//! Starts spans. The user's expressions are evaluated only if the span records.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::names::Names;
use crate::model::trace::Trace;
use crate::syntax::field::{Field, Form};
use crate::syntax::name::Name;

/// The type that represents the open span of a function that is no future, or of a block.
#[derive(Clone, Copy)]
pub(crate) enum Opened {
    /// Ends when it is dropped.
    Guard,
    /// Ends by a call at the end of the code.
    Call,
}

/// Opens the span of a function that is no future, or of a block.
pub(crate) fn opened(trace: &Trace, names: &Names, opened: Opened) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    let (ty, plain, with_values, with) = match opened {
        Opened::Guard => ("Guard", "enter", "enter_values", "enter_with"),
        Opened::Call => ("Call", "call", "call_values", "call_with"),
    };
    let [ty, plain, with_values, with] =
        [ty, plain, with_values, with].map(|name| Ident::new(name, at));
    let ty = quote_spanned!(at=> #rt::#ty);
    if !trace.describes() && trace.parent.is_none() {
        return quote_spanned!(at=> #rt::#plain(&__TRACE_SITE));
    }
    if trace.describes_by_values() && trace.parent.is_none() {
        let values = values(&trace.start, names);
        // Reading variables and literals is cheaper than asking whether to.
        let enter = if trace.start.iter().all(Field::is_at_hand) {
            quote_spanned!(at=> #rt::#with_values(&__TRACE_SITE, __trace_state, #values))
        } else {
            let with = quote_spanned! {at=>
                #ty::with_values(__trace_ahead, &__TRACE_SITE, __trace_state, #values)
            };
            ahead(&ty, None, &with, names)
        };
        return quote_spanned! {at=> {
            let __trace_state = #rt::state();
            if #rt::is_on(__trace_state) { #enter } else { #ty::off() }
        }};
    }
    let parent = trace.parent.as_ref().map(|parent| {
        let borrowed = borrow(parent);
        quote_spanned!(at=> let __trace_parent = #rt::parent(#borrowed);)
    });
    let set_parent = parent.as_ref().map(|_| quote_spanned!(at=> parent: __trace_parent,));
    let started = if trace.describes() {
        let start = start(trace, names, set_parent.as_ref());
        let with = quote_spanned!(at=> #ty::with(__trace_ahead, &__TRACE_SITE, #start));
        let under =
            parent.as_ref().map(|_| quote_spanned!(at=> #rt::Option::as_ref(&__trace_parent)));
        ahead(&ty, under, &with, names)
    } else {
        quote_spanned!(at=> #rt::#with(&__TRACE_SITE, #rt::Start { #set_parent ..#rt::Start::new() }))
    };
    quote_spanned!(at=> if #rt::active() { #parent #started } else { #ty::off() })
}

/// Opens a span, and describes it if it records: nothing is evaluated before that is decided.
fn ahead(
    ty: &TokenStream,
    parent: Option<TokenStream>,
    with: &TokenStream,
    names: &Names,
) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    let parent = parent.unwrap_or_else(|| quote_spanned!(at=> #rt::Option::None));
    quote_spanned! {at=>
        let __trace_ahead = #ty::ahead(&__TRACE_SITE, #parent);
        if #ty::is_described(&__trace_ahead) { #with } else { __trace_ahead }
    }
}

/// The span of a function that builds a future or a stream: it starts with the call.
pub(crate) fn detached(trace: &Trace, names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    let begin = match parent(trace, names) {
        Some(parent) => quote_spanned! {at=>
            #rt::begin(&__TRACE_SITE, #rt::Start { parent: #parent, ..#rt::Start::new() })
        },
        None => quote_spanned!(at=> #rt::begin(&__TRACE_SITE, #rt::Start::new())),
    };
    if !trace.describes() {
        return begin;
    }
    let start = start(trace, names, None);
    quote_spanned! {at=> {
        let __trace_ahead = #begin;
        if #rt::AsyncSpan::is_described(&__trace_ahead) {
            #rt::AsyncSpan::with(__trace_ahead, #start)
        } else {
            __trace_ahead
        }
    }}
}

/// The parent of a span that starts later, evaluated now; `None` if no parent was given.
pub(crate) fn parent(trace: &Trace, names: &Names) -> Option<TokenStream> {
    let Names { at, rt } = names;
    let at = *at;
    let parent = borrow(trace.parent.as_ref()?);
    Some(quote_spanned! {at=>
        if #rt::active() { #rt::parent(#parent) } else { #rt::Option::None }
    })
}

/// The statement that describes the span of a future, which is the first one within it.
pub(crate) fn describe(trace: &Trace, names: &Names) -> Option<TokenStream> {
    let Names { at, rt } = names;
    let at = *at;
    trace.describes().then(|| {
        // Reading variables and literals is cheaper than asking whether to.
        if trace.describes_by_values() && trace.start.iter().all(Field::is_at_hand) {
            let values = values(&trace.start, names);
            return quote_spanned! {at=>
                if #rt::active() {
                    #rt::describe_values(&__TRACE_SITE, #values);
                }
            };
        }
        let start = start(trace, names, None);
        quote_spanned! {at=>
            if #rt::active() && #rt::describing(&__TRACE_SITE) {
                #rt::describe(&__TRACE_SITE, #start);
            }
        }
    })
}

fn start(trace: &Trace, names: &Names, parent: Option<&TokenStream>) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    let values = (!trace.start.is_empty()).then(|| {
        let values = values(&trace.start, names);
        quote_spanned!(at=> values: &#values,)
    });
    let name = match &trace.name {
        Some(Name::Template { format, arguments, .. }) => Some(quote_spanned! {at=>
            name: #rt::Option::Some(#rt::core::format_args!(#format, #(#arguments),*)),
        }),
        _ => None,
    };
    let links = trace.links.as_ref().map(|links| {
        let links = match links {
            // The contexts of a list are borrowed, as the parent is.
            Expr::Array(list) => {
                let contexts = list.elems.iter().map(borrow);
                quote_spanned!(at=> [#(#contexts),*])
            }
            other => other.to_token_stream(),
        };
        quote_spanned!(at=> links: #rt::links(#links),)
    });
    quote_spanned!(at=> #rt::Start { #values #name #links #parent ..#rt::Start::new() })
}

/// The array of the values, in the order of their keys.
pub(crate) fn values(fields: &[Field], names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    let values = fields.iter().map(|field| {
        let value = value(field, names);
        if field.cfgs.is_empty() {
            return value;
        }
        // A parameter that `#[cfg]` removes keeps its place among the keys.
        let given = &field.cfgs;
        let conditions = field.cfgs.iter().filter_map(|cfg| cfg.parse_args::<TokenStream>().ok());
        quote_spanned! {at=> {
            #(#given)* { #value }
            #[cfg(not(all(#(#conditions),*)))] { #rt::Value::Absent }
        }}
    });
    quote_spanned!(at=> [#(#values),*])
}

/// One value.
pub(crate) fn value(field: &Field, names: &Names) -> TokenStream {
    let rt = &names.rt;
    let value = &field.value;
    let here = blamed(value);
    match &field.form {
        Form::Literal(text) => quote_spanned!(here=> #rt::Value::Static(#text)),
        Form::Value => {
            let value = borrow(value);
            quote_spanned!(here=> #rt::ToValue::to_value(#value))
        }
        Form::Display => {
            let value = borrow(value);
            quote_spanned!(here=> #rt::Value::Display(#value))
        }
        Form::Debug => {
            let value = borrow(value);
            quote_spanned!(here=> #rt::Value::Debug(#value))
        }
    }
}

/// The span of an expression, for code whose mistakes the compiler should report there.
pub(crate) fn blamed(value: &impl Spanned) -> Span {
    value.span().resolved_at(Span::mixed_site())
}

/// `&value`, with the span of the value for messages of the compiler.
pub(crate) fn borrow(value: &(impl ToTokens + Spanned)) -> TokenStream {
    let here = blamed(value);
    let tokens = value.to_token_stream();
    if tokens.clone().into_iter().nth(1).is_none() {
        quote_spanned!(here=> &#tokens)
    } else {
        quote_spanned!(here=> &(#tokens))
    }
}
