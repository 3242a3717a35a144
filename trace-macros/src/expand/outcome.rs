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
    /// The error may be asked for any trait.
    pub(crate) is_closed: bool,
    /// The type of the value, where it is written.
    pub(crate) blamed: Span,
}

impl Look<'_> {
    fn probe(&self) -> TokenStream {
        let (Names { at, rt }, returned) = (self.names, &self.returned);
        quote_spanned!(*at=> #rt::Probe(#returned))
    }

    /// Says what the value is if it is an error.
    fn record_error(&self, finish: impl ToTokens) -> TokenStream {
        let (at, probe) = (self.names.at, self.probe());
        if self.is_closed {
            quote_spanned!(at=> (&&&&&#probe).__record_error(#finish);)
        } else {
            quote_spanned!(at=> (&&&#probe).__record_error(#finish);)
        }
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
    let ret = call.span.as_ref().filter(|span| !span.ret.is_empty());
    let is_default = matches!(call.err, ErrorPolicy::Inspect);
    let labels = call.meter.as_ref().map(|meter| meter_labels(&meter.labels, look));
    let (labels, set_labels) = labels.unwrap_or_default();
    let measures = measure::after(call, look, held, look.names);
    // Expressions of the user run only when the span records.
    if call.is_judged() && is_default && ret.is_none() && labels.is_empty() && measures.is_empty() {
        let record = look.record_error(finish);
        return quote_spanned! {at=> {
            use #rt::probe::tiers::*;
            #record
        }};
    }
    let values = ret.map(|span| attributes(span, look));
    let error = call.is_judged().then(|| error(&call.err, look));
    // What is noted of a metered call waits beside it until it is left, so nothing of the user's runs
    // in between: it may be metered itself.
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
                #set_labels
            }
        }
    };
    let judged = (call.is_judged() && call.reads_outcome(look.returns)).then_some(judged);
    let finish = finish.map(|finish| quote_spanned!(at=> let __trace_finish = #finish;));
    quote_spanned! {at=> {
        #[allow(unused_imports)]
        use #rt::probe::tiers::*;
        #finish
        #labels
        #measures
        #judged
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
            return look.record_error(quote_spanned!(at=> __trace_finish));
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
    let probe = quote_spanned!(at=> #rt::ErrorProbe(__trace_error));
    let record = if look.is_closed {
        quote_spanned!(at=> (&&&&#probe).__record(__trace_finish, #kind);)
    } else {
        quote_spanned!(at=> (&&#probe).__record(__trace_finish, #kind);)
    };
    let record = match &err.when {
        Some(when) => quote_spanned!(at=> if #when { #record }),
        None => record,
    };
    let expressions: Vec<TokenStream> =
        [&err.when, &err.kind].into_iter().flatten().map(ToTokens::to_token_stream).collect();
    look.with_error(&record, &[binding("err", &expressions, at)])
}

/// The labels of a meter that look at the return value: what evaluates all of them, and what sets
/// them.
fn meter_labels(labels: &[Label], look: &Look<'_>) -> (TokenStream, TokenStream) {
    let Names { at, rt } = look.names;
    let at = *at;
    let of = |moment, all: &str| {
        let labels = label::of_moment(labels, moment, look.names);
        if labels.is_empty() {
            return Default::default();
        }
        let all = quote::format_ident!("__trace_labels_of_{all}", span = at);
        let names: Vec<Ident> = (0..labels.len())
            .map(|index| quote::format_ident!("__trace_label_{index}", span = at))
            .collect();
        let ids = labels.iter().map(|(_, id, _)| id);
        let places = labels.iter().map(|(place, ..)| place);
        let evaluated = quote_spanned!(at=> #rt::Option::Some((#(#ids,)*)));
        let seen = bindings(moment, labels.iter().map(|(_, _, value)| (*value).clone()));
        let evaluated = match moment {
            Moment::Err => look.with_error(&evaluated, &seen),
            _ => look.with_value(&evaluated, &seen),
        };
        (
            quote_spanned! {at=>
                let #all = if #rt::Finish::judging(__trace_finish) {
                    #evaluated else { #rt::Option::None }
                } else {
                    #rt::Option::None
                };
            },
            quote_spanned! {at=>
                if let #rt::Option::Some((#(#names,)*)) = #all {
                    #(#rt::Finish::set_label(__trace_finish, #places, #names);)*
                }
            },
        )
    };
    let ((ret, set_ret), (err, set_err)) = (of(Moment::Ret, "ret"), of(Moment::Err, "err"));
    (quote!(#ret #err), quote!(#set_ret #set_err))
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
