//! Declares the instruments of business metrics and records into them: before the body if everything
//! is known there, otherwise when the call has returned.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

use super::look::{self, Look};
use super::names::Names;
use super::{label, meter, site, start};
use crate::model::business::Measure;
use crate::model::call::Call;
use crate::model::label::Moment;
use crate::syntax::business::On;

/// The items that declare the instruments.
pub(crate) fn declare(measures: &[Measure], names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    let mut items = TokenStream::new();
    for (index, measure) in measures.iter().enumerate() {
        let instrument = &measure.instrument;
        let name = static_name(index, names);
        let kind = Ident::new(instrument.kind.word(), at);
        let text = |text: &Option<syn::LitStr>| text.as_ref().map(syn::LitStr::value);
        let texts = [Some(instrument.name.value()), text(&instrument.unit)];
        let texts = texts.into_iter().chain([text(&instrument.description)]);
        let head: Vec<String> = texts.map(Option::unwrap_or_default).collect();
        let text = site::literal(&meter::with_keys(&head.join("\0"), &measure.labels), at);
        let buckets = meter::buckets(instrument.buckets.as_ref());
        items.extend(quote_spanned! {at=>
            static #name: #rt::Instrument =
                #rt::Instrument::#kind(&__TRACE_SITE, #text) #buckets;
        });
    }
    items
}

pub(super) fn static_name(index: usize, names: &Names) -> Ident {
    format_ident!("__TRACE_INSTRUMENT_{index}", span = names.at)
}

/// The variable in which a function that returns no future keeps the values that it records at its end.
fn held_name(index: usize, names: &Names) -> Ident {
    format_ident!("__trace_held_{index}", span = names.at)
}

/// Where values that were evaluated before the body wait for its end.
#[derive(Clone, Copy)]
pub(crate) enum Held {
    /// In variables beside the body.
    Beside,
    /// In variables beside the body that are set from within it, where the arguments have names.
    BesideFromWithin,
    /// In the future that wraps it.
    InFuture,
}

/// The values that are evaluated before the body: statements beside it, and statements within it.
/// `first` is among them and runs if metrics are on.
pub(crate) fn before(
    call: &Call,
    held: Held,
    first: Option<TokenStream>,
    names: &Names,
) -> (TokenStream, TokenStream) {
    let Names { at, rt } = names;
    let at = *at;
    let (mut beside, mut within) = (TokenStream::new(), TokenStream::new());
    // All are recorded under one check.
    let mut recorded = first.unwrap_or_default();
    for (index, measure) in call.measures.iter().enumerate() {
        let instrument = static_name(index, names);
        let labels = label::set(&measure.labels, names);
        let amount = amount(measure, Moment::Start, names);
        if measure.is_immediate() {
            recorded.extend(quote_spanned!(at=> #rt::measure(&#instrument, #labels, #amount);));
            continue;
        }
        if !measure.is_held() {
            continue;
        }
        let name = held_name(index, names);
        let pair = quote_spanned! {at=>
            if #rt::metering() { #rt::Option::Some((#labels, #amount)) } else { #rt::Option::None }
        };
        match held {
            Held::Beside => beside.extend(quote_spanned!(at=> let #name = #pair;)),
            Held::BesideFromWithin => {
                let slot = format_ident!("__trace_slot_{index}", span = at);
                beside.extend(quote_spanned! {at=>
                    let mut #name = #rt::Option::None;
                    let #slot = &mut #name;
                });
                within.extend(quote_spanned!(at=> *#slot = #pair;));
            }
            Held::InFuture => {
                recorded.extend(quote_spanned!(at=> #rt::hold(&#instrument, #labels, #amount);));
            }
        }
    }
    if !recorded.is_empty() {
        let record = quote_spanned!(at=> if #rt::metering() { #recorded });
        match held {
            Held::Beside => beside.extend(record),
            Held::BesideFromWithin | Held::InFuture => within.extend(record),
        }
    }
    (beside, within)
}

/// The number to record, if it is known at that moment.
fn amount(measure: &Measure, moment: Moment, names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    match &measure.value {
        _ if measure.moment != moment => quote_spanned!(at=> #rt::Amount::NONE),
        None => quote_spanned!(at=> #rt::amount(&1_u64)),
        Some(value) => {
            let here = start::blamed(value);
            let value = start::borrow(value);
            quote_spanned!(here=> #rt::amount(#value))
        }
    }
}

/// The statements that record values which had to wait for the end.
pub(crate) fn after(call: &Call, look: &Look<'_>, held: Held, names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    let waiting = call.measures.iter().enumerate().filter(|(_, measure)| !measure.is_immediate());
    waiting
        .map(|(index, measure)| {
            let record = when_returned(index, measure, look, names);
            let adds = measure.labels.iter().any(|label| label.moment != Moment::Start);
            let mutability = adds.then(|| quote_spanned!(at=> mut));
            if !measure.is_held() {
                let labels =
                    adds.then(|| quote_spanned!(at=> let mut __trace_labels = #rt::Labels::NONE;));
                return quote_spanned!(at=> if #rt::metering() { #labels #record });
            }
            let amount = match measure.moment {
                Moment::Start => quote_spanned!(at=> __trace_amount),
                _ => quote_spanned!(at=> _),
            };
            let (instrument, name) = (static_name(index, names), held_name(index, names));
            let held = match held {
                Held::InFuture => {
                    quote_spanned!(at=> #rt::Finish::held(__trace_finish, &#instrument))
                }
                Held::Beside | Held::BesideFromWithin => quote!(#name),
            };
            quote_spanned! {at=>
                if let #rt::Option::Some((#mutability __trace_labels, #amount)) = #held { #record }
            }
        })
        .collect()
}

/// Adds the labels of the return value and records, if the outcome is the one that `on` names.
fn when_returned(index: usize, measure: &Measure, look: &Look<'_>, names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    let instrument = static_name(index, names);
    let labels = match measure.labels.as_slice() {
        [] if !measure.is_held() => quote_spanned!(at=> #rt::Labels::NONE),
        _ => quote_spanned!(at=> __trace_labels),
    };
    let amount = match measure.moment {
        Moment::Start if measure.is_held() => quote_spanned!(at=> __trace_amount),
        moment => amount(measure, moment, names),
    };
    let record = quote_spanned!(at=> #rt::measure(&#instrument, #labels, #amount););
    let of = |moment| {
        let labels = label::of_moment(&measure.labels, moment, names);
        let statements: TokenStream = labels
            .iter()
            .map(|(place, id, _)| {
                quote_spanned!(at=> #rt::Labels::set(&mut __trace_labels, #place, #id);)
            })
            .collect();
        let value = measure.value.as_ref().filter(|_| measure.moment == moment);
        let values = labels.into_iter().map(|(_, _, value)| value.clone());
        let all = values.chain(value.map(ToTokens::to_token_stream));
        (statements, look::bindings(moment, all))
    };
    let ((ret_labels, ret), (err_labels, err)) = (of(Moment::Ret), of(Moment::Err));
    let on_value = |body: TokenStream| look.with_value(&body, &ret);
    let on_error = |body: TokenStream| look.with_error(&body, &err);
    match (measure.moment, measure.recorded_on()) {
        (Moment::Ret, _) => look.unless_failed(&on_value(quote!(#ret_labels #record))),
        (Moment::Err, _) => on_error(quote!(#err_labels #record)),
        (Moment::Start, Some(On::Ok)) => {
            let with_labels = on_value(ret_labels);
            look.unless_failed(&quote!(#with_labels #record))
        }
        (Moment::Start, Some(On::Error)) => {
            let with_labels = on_error(err_labels);
            look.if_failed(&quote!(#with_labels #record))
        }
        (Moment::Start, None) => {
            let (on_value, on_error) = (on_value(ret_labels), on_error(err_labels));
            quote!(#on_value #on_error #record)
        }
    }
}
