//! Evaluates the labels of a metric to a set of ids, only while metrics are on.

use proc_macro2::{Literal, TokenStream};
use quote::quote_spanned;

use super::names::Names;
use super::start;
use crate::model::label::{Label, Moment};
use crate::syntax::label::Values;

/// The set of the labels that are known before the body; `None` if there are none. Labels of the
/// return value are added later.
pub(crate) fn known(labels: &[Label], names: &Names) -> Option<TokenStream> {
    let Names { at, rt } = names;
    let at = *at;
    labels.iter().any(|label| label.moment == Moment::Start).then(|| {
        let ids = labels.iter().map(|label| match label.moment {
            Moment::Start => id(label, names),
            _ => quote_spanned!(at=> #rt::LabelId::NONE),
        });
        quote_spanned!(at=> #rt::Labels::new([#(#ids),*]))
    })
}

/// Like [`known`], or the empty set if metrics are off.
pub(crate) fn gated(labels: &[Label], names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    let none = quote_spanned!(at=> #rt::Labels::NONE);
    match known(labels, names) {
        Some(known) => quote_spanned!(at=> if #rt::metering() { #known } else { #none }),
        None => none,
    }
}

/// Like [`known`], or the empty set; for code that runs only if metrics are on.
pub(crate) fn set(labels: &[Label], names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    known(labels, names).unwrap_or_else(|| quote_spanned!(*at=> #rt::Labels::NONE))
}

/// The labels of a moment: the place, as a literal, the id and the value of each.
pub(crate) fn of_moment<'a>(
    labels: &'a [Label],
    moment: Moment,
    names: &Names,
) -> Vec<(Literal, TokenStream, &'a TokenStream)> {
    let labels = labels.iter().enumerate().filter(|(_, label)| label.moment == moment);
    labels
        .map(|(index, label)| (Literal::usize_unsuffixed(index), id(label, names), &label.value))
        .collect()
}

/// The id of one value, with the value's span for messages of the compiler.
fn id(label: &Label, names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    let value = start::borrow(&label.value);
    let here = start::blamed(&label.value);
    match &label.of {
        Values::Typed => quote_spanned!(here=> #rt::label(#value)),
        Values::One(text) => quote_spanned! {at=> {
            static __TRACE_VALUE: #rt::LabelValues = #rt::LabelValues::new(#text);
            #rt::LabelValues::id(&__TRACE_VALUE, 0)
        }},
        Values::Capped(cap) => {
            let id = quote_spanned!(here=> #rt::Capped::id(&__TRACE_CAPPED, #value));
            quote_spanned! {at=> {
                static __TRACE_CAPPED: #rt::Capped = #rt::Capped::new(#cap);
                #id
            }}
        }
    }
}
