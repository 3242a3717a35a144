//! Declares the entries of a function in the catalog, which reads them from a section of the binary.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::names::Names;
use super::{linked, measure};
use crate::hidden;
use crate::model::call::Call;

/// The static that refers to the meter and the instruments of a function, if it has any.
pub(crate) fn entries(call: &Call, names: &Names) -> Option<TokenStream> {
    let Names { at, rt } = names;
    let at = *at;
    let meter = call.meter.iter().map(|_| quote_spanned!(at=> #rt::Entry::Meter(&__TRACE_METER)));
    let instruments = (0..call.measures.len()).map(|index| {
        let name = measure::static_name(index, names);
        quote_spanned!(at=> #rt::Entry::Instrument(&#name))
    });
    let entries: Vec<_> = meter.chain(instruments).collect();
    let count = proc_macro2::Literal::usize_unsuffixed(entries.len());
    let linked = linked::linked(&hidden::ENTRIES, names);
    (!entries.is_empty()).then(|| {
        quote_spanned!(at=> #linked static __TRACE_ENTRIES: [#rt::Entry; #count] = [#(#entries),*];)
    })
}
