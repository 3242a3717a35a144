//! Declares the entries of a function in the catalog, which reads them from a section of the binary.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::measure;
use super::names::Names;
use crate::hidden;
use crate::model::call::Call;

/// The static that the linker puts into the section.
pub(crate) fn entries(call: &Call, names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    let span = call.span.iter().map(|_| quote_spanned!(at=> #rt::Entry::Span(&__TRACE_SITE)));
    let meter = call.meter.iter().map(|_| quote_spanned!(at=> #rt::Entry::Meter(&__TRACE_METER)));
    let instruments = (0..call.measures.len()).map(|index| {
        let name = measure::static_name(index, names);
        quote_spanned!(at=> #rt::Entry::Instrument(&#name))
    });
    let entries: Vec<_> = span.chain(meter).chain(instruments).collect();
    let count = proc_macro2::Literal::usize_unsuffixed(entries.len());
    let (elf, mach_o) = (hidden::ELF_SECTION, hidden::MACH_O_SECTION);
    quote_spanned! {at=>
        #[used]
        #[cfg_attr(
            any(target_os = "linux", target_os = "android", target_os = "freebsd"),
            unsafe(link_section = #elf)
        )]
        #[cfg_attr(target_vendor = "apple", unsafe(link_section = #mach_o))]
        static __TRACE_ENTRIES: [#rt::Entry; #count] = [#(#entries),*];
    }
}
