//! Reads the outcome of a call from the value that a function returned.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::look::{Look, binding, bindings};
use super::measure::{self, Held};
use super::names::Names;
use super::{label, start};
use crate::model::call::{Call, ErrorPolicy};
use crate::model::label::{Label, Moment};
use crate::model::trace::Trace;

/// Whether nothing but the type of the value decides what is recorded about it.
pub(crate) fn is_default(call: &Call, look: &Look<'_>, held: Held) -> bool {
    call.is_judged()
        && matches!(call.err, ErrorPolicy::Inspect)
        && call.span.as_ref().is_none_or(|span| span.ret.is_empty())
        && call.meter.iter().flat_map(|meter| &meter.labels).all(|l| l.moment == Moment::Start)
        && measure::after(call, look, held, look.names).is_empty()
}

/// Statements that look at a value and report to `finish`, a `&mut Finish`, if there is one.
pub(crate) fn inspect(
    call: &Call,
    look: &Look<'_>,
    finish: Option<&TokenStream>,
    held: Held,
) -> TokenStream {
    let Names { at, rt } = look.names;
    let at = *at;
    // The user's expressions run only if the span records.
    if is_default(call, look, held) {
        let record = look.record_error(finish);
        return quote_spanned! {at=> {
            use #rt::probe::tiers::*;
            #record
        }};
    }
    let ret = call.span.as_ref().filter(|span| !span.ret.is_empty());
    let labels = call.meter.as_ref().map(|meter| meter_labels(&meter.labels, look));
    let (labels, set_labels) = labels.unwrap_or_default();
    let measures = measure::after(call, look, held, look.names);
    let values = ret.map(|span| attributes(span, look));
    let error = call.is_judged().then(|| error(&call.err, look));
    // The outcome of a metered call is kept in the thread until the call is left. No user code may run
    // in between, because that code may be metered itself.
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

/// Records the attributes of `ret(…)` on the span.
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

/// Records whether the call failed.
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
    let record = look.record(&quote_spanned!(at=> __trace_error), &kind);
    let record = match &err.when {
        Some(when) => quote_spanned!(at=> if #when { #record }),
        None => record,
    };
    let expressions: Vec<TokenStream> =
        [&err.when, &err.kind].into_iter().flatten().map(ToTokens::to_token_stream).collect();
    look.with_error(&record, &[binding("err", &expressions, at)])
}

/// The labels of a meter that look at the return value: statements that evaluate all of them, and
/// statements that set them.
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
