//! Declares the meter of a function, and opens metered calls.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::Expr;

use super::names::Names;
use super::start::{self, Opened};
use super::{label, site};
use crate::model::call::Call;
use crate::model::label::Label;
use crate::model::metered::Meter;

/// The item that declares the meter.
pub(crate) fn declare(meter: &Meter, names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    let text = site::literal(&with_keys(&meter.name, &meter.labels), at);
    let in_flight = meter.in_flight.then(|| quote_spanned!(at=> .in_flight()));
    let objective = meter.slo.as_ref().map(|slo| {
        let (here, slo) = (start::blamed(slo), start::borrow(slo));
        quote_spanned!(here=> .objective(#slo))
    });
    let buckets = buckets(meter.buckets.as_ref());
    quote_spanned! {at=>
        static __TRACE_METER: #rt::Meter =
            #rt::Meter::new(&__TRACE_SITE, #text) #in_flight #objective #buckets;
    }
}

/// The call that sets the boundaries of a histogram, with their span for messages of the compiler.
pub(crate) fn buckets(boundaries: Option<&Expr>) -> Option<TokenStream> {
    let boundaries = boundaries?;
    let (here, boundaries) = (start::blamed(boundaries), start::borrow(boundaries));
    Some(quote_spanned!(here=> .buckets(#boundaries)))
}

/// A text, followed by the keys of labels.
pub(crate) fn with_keys(text: &str, labels: &[Label]) -> String {
    let mut all = text.to_owned();
    for label in labels {
        all.push('\0');
        all.push_str(&label.key.text);
    }
    all
}

/// Opens the span and the meter of a call that is no future; `None` if it has neither.
pub(crate) fn opened(call: &Call, names: &Names, opened: Opened) -> Option<TokenStream> {
    let Names { at, rt } = names;
    let at = *at;
    let span = call.span.as_ref().map(|span| start::opened(span, names, opened));
    let Some(meter) = &call.meter else { return span };
    let labels = label::gated(&meter.labels, names);
    // If the call has a span, its labels are evaluated after both have begun: they may call functions
    // that have spans.
    let (open, holder) = match (opened, span) {
        (Opened::Call, None) => {
            return Some(quote_spanned!(at=> #rt::metered(&__TRACE_METER, #labels)));
        }
        (Opened::Call, Some(span)) => {
            (quote_spanned!(at=> #rt::metered_call(#span, &__TRACE_METER)), "MeteredCall")
        }
        (Opened::Guard, span) => {
            let span = span.unwrap_or_else(|| quote_spanned!(at=> #rt::Guard::off()));
            (quote_spanned!(at=> #rt::metered_guard(#span, &__TRACE_METER)), "MeteredGuard")
        }
    };
    let holder = Ident::new(holder, at);
    Some(match label::known(&meter.labels, names) {
        Some(_) => quote_spanned!(at=> #rt::#holder::labelled(#open, #labels)),
        None => open,
    })
}

/// The type that represents an open call that is no future.
pub(crate) fn holder(call: &Call, names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    let name = if call.meter.is_some() { "MeteredCall" } else { "Call" };
    let ty = Ident::new(name, *at);
    quote_spanned!(*at=> #rt::#ty)
}
