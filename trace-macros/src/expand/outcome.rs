//! What is read from the value that a function returned.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

use super::measure::{self, Held};
use super::{Names, label, start};
use crate::model::call::{Call, ErrorPolicy};
use crate::model::label::{Label, Moment};
use crate::model::returns::Returns;
use crate::model::trace::Trace;

/// A returned value to look at. Methods are called by their path, or have a name that no trait in
/// the scope of the user has.
pub(crate) struct Look<'a> {
    pub(crate) names: &'a Names,
    /// A reference to the value.
    pub(crate) returned: TokenStream,
    /// What the signature says about the value.
    pub(crate) returns: Returns,
    /// The type of the value, where it is written.
    pub(crate) blamed: Span,
}

impl Look<'_> {
    fn probe(&self) -> TokenStream {
        let (Names { at, rt }, returned) = (self.names, &self.returned);
        quote_spanned!(*at=> #rt::Probe(#returned))
    }

    /// Runs `body`, in which the value is called as `seen` says, on any value but an `Err`.
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

    /// Runs `body`, in which the error is called as `seen` says, on an error.
    pub(crate) fn with_error(&self, body: &TokenStream, seen: &[Ident]) -> TokenStream {
        if body.is_empty() {
            return TokenStream::new();
        }
        let (Names { at, rt }, returned) = (self.names, &self.returned);
        let at = *at;
        // A type without errors is blamed where it is written.
        let there = self.blamed.resolved_at(at);
        let error = quote_spanned!(there=> #rt::probe::Fallible::error(#returned));
        quote_spanned! {at=>
            if let #rt::Option::Some(__trace_error) = #error {
                #(#[allow(unused_variables)] let #seen = __trace_error;)*
                #body
            }
        }
    }

    /// Runs `body` unless the value holds an error.
    pub(crate) fn unless_failed(&self, body: &TokenStream) -> TokenStream {
        if matches!(self.returns, Returns::Nothing | Returns::Plain) {
            return body.clone();
        }
        let (at, probe) = (self.names.at, self.probe());
        quote_spanned!(at=> if !(&#probe).__failed() { #body })
    }

    /// Runs `body` if the value holds an error.
    pub(crate) fn if_failed(&self, body: &TokenStream) -> TokenStream {
        let (at, probe) = (self.names.at, self.probe());
        quote_spanned!(at=> if (&#probe).__failed() { #body })
    }
}

/// Statements that look at a value and report to `finish`, a `&mut Finish`, where there is one.
pub(crate) fn inspect(
    call: &Call,
    look: &Look<'_>,
    finish: Option<&TokenStream>,
    held: Held,
) -> TokenStream {
    let Names { at, rt } = look.names;
    let at = *at;
    let probe = look.probe();
    let ret = call.span.as_ref().filter(|span| !span.ret.is_empty());
    let is_default = matches!(call.err, ErrorPolicy::Inspect);
    let labels = call.meter.as_ref().map(|meter| meter_labels(&meter.labels, look));
    let labels = labels.unwrap_or_default();
    let measures = measure::after(call, look, held, look.names);
    // Expressions of the user run only when the span records.
    if call.is_judged() && is_default && ret.is_none() && labels.is_empty() && measures.is_empty() {
        return quote_spanned! {at=> {
            use #rt::probe::tiers::*;
            (&&&&&#probe).__record_error(#finish);
        }};
    }
    let values = ret.map(|span| attributes(span, look));
    let error = call.is_judged().then(|| error(&call.err, look));
    let judged = if call.meter.is_none() {
        quote_spanned! {at=>
            if #rt::Finish::recording(__trace_finish) {
                #values
                #error
            }
        }
    } else {
        let values = values.map(
            |values| quote_spanned!(at=> if #rt::Finish::recording(__trace_finish) { #values }),
        );
        quote_spanned! {at=>
            #values
            if #rt::Finish::judging(__trace_finish) {
                #error
                #labels
            }
        }
    };
    let judged = (call.is_judged() && call.reads_outcome(look.returns)).then_some(judged);
    let finish = finish.map(|finish| quote_spanned!(at=> let __trace_finish = #finish;));
    quote_spanned! {at=> {
        #[allow(unused_imports)]
        use #rt::probe::tiers::*;
        #finish
        #judged
        #measures
    }}
}

/// Gives the span what `ret(…)` asks for.
fn attributes(span: &Trace, look: &Look<'_>) -> TokenStream {
    let Names { at, rt } = look.names;
    let at = *at;
    let first = proc_macro2::Literal::u16_unsuffixed(span.start.len() as u16);
    let values = start::values(&span.ret, look.names);
    let expressions: Vec<TokenStream> = span.ret.iter().map(|field| field.value.clone()).collect();
    let record = quote_spanned! {at=>
        #rt::Finish::attributes(__trace_finish, &__TRACE_SITE, #first, &#values);
    };
    look.with_value(&record, &[binding("ret", &expressions, at)])
}

/// Says whether the call has failed.
fn error(policy: &ErrorPolicy, look: &Look<'_>) -> TokenStream {
    let Names { at, rt } = look.names;
    let at = *at;
    let err = match policy {
        ErrorPolicy::Ignore => return TokenStream::new(),
        ErrorPolicy::Inspect => {
            let probe = look.probe();
            return quote_spanned!(at=> (&&&&&#probe).__record_error(__trace_finish););
        }
        ErrorPolicy::Custom(err) => err,
    };
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
    let expressions: Vec<TokenStream> =
        [&err.when, &err.kind].into_iter().flatten().map(ToTokens::to_token_stream).collect();
    look.with_error(&record, &[binding("err", &expressions, at)])
}

/// Sets the labels of a meter that look at the return value, after all of them were evaluated.
fn meter_labels(labels: &[Label], look: &Look<'_>) -> TokenStream {
    let Names { at, rt } = look.names;
    let at = *at;
    let of = |moment| {
        let labels = label::of_moment(labels, moment, look.names);
        let names: Vec<Ident> = (0..labels.len())
            .map(|index| quote::format_ident!("__trace_label_{index}", span = at))
            .collect();
        let ids = labels.iter().map(|(_, id, _)| id);
        let places = labels.iter().map(|(place, ..)| place);
        let body = (!labels.is_empty()).then(|| {
            quote_spanned! {at=>
                let (#(#names,)*) = (#(#ids,)*);
                #(#rt::Finish::set_label(__trace_finish, #places, #names);)*
            }
        });
        let seen = bindings(moment, labels.iter().map(|(_, _, value)| (*value).clone()));
        (body.unwrap_or_default(), seen)
    };
    let ((ret, of_ret), (err, of_err)) = (of(Moment::Ret), of(Moment::Err));
    let (ret, err) = (look.with_value(&ret, &of_ret), look.with_error(&err, &of_err));
    quote!(#ret #err)
}

/// The identifier under which expressions of the user see a value: as they spell it, so that it
/// is found also in expressions written by another macro.
fn binding(name: &str, expressions: &[TokenStream], at: Span) -> Ident {
    let spelled = expressions.iter().find_map(|expression| find(name, expression.clone()));
    let first = || expressions.iter().find_map(|expression| first(expression.clone()));
    Ident::new(name, spelled.or_else(first).unwrap_or(at))
}

/// The same for expressions that may come from different macros: what each of them spells.
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
