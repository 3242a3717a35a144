//! The meter of a function: its static, and what opens a metered call.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::Expr;

use super::start::{self, Opened};
use super::{Names, label, site};
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

/// What sets the boundaries of a histogram; blamed on them.
pub(crate) fn buckets(boundaries: Option<&Expr>) -> Option<TokenStream> {
    let boundaries = boundaries?;
    let (here, boundaries) = (start::blamed(boundaries), start::borrow(boundaries));
    Some(quote_spanned!(here=> .buckets(#boundaries)))
}

/// A text, and behind it the keys of labels.
pub(crate) fn with_keys(text: &str, labels: &[Label]) -> String {
    let mut all = text.to_owned();
    for label in labels {
        all.push('\0');
        all.push_str(&label.key.text);
    }
    all
}

/// Opens what is recorded of a call that runs on the spot; `None`: nothing has two ends.
pub(crate) fn opened(call: &Call, names: &Names, opened: Opened) -> Option<TokenStream> {
    let Names { at, rt } = names;
    let at = *at;
    let span = call.span.as_ref().map(|span| start::opened(span, names, opened));
    let Some(meter) = &call.meter else { return span };
    let labels = label::gated(&meter.labels, names);
    Some(match (opened, span) {
        (Opened::Call, Some(span)) => {
            quote_spanned!(at=> #rt::metered_call(#span, &__TRACE_METER, #labels))
        }
        (Opened::Call, None) => quote_spanned!(at=> #rt::metered(&__TRACE_METER, #labels)),
        (Opened::Guard, span) => {
            let span = span.unwrap_or_else(|| quote_spanned!(at=> #rt::Guard::off()));
            quote_spanned!(at=> #rt::metered_guard(#span, &__TRACE_METER, #labels))
        }
    })
}

/// The type of what is open while a call runs on the spot.
pub(crate) fn holder(call: &Call, names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    let name = if call.meter.is_some() { "MeteredCall" } else { "Call" };
    let ty = Ident::new(name, *at);
    quote_spanned!(*at=> #rt::#ty)
}
