//! What a function tells the catalog, in the section of the binary from which that is read.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::{Names, measure};
use crate::model::call::Call;

/// The version of the runtime, as it stands in names.
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION_MAJOR"),
    "_",
    env!("CARGO_PKG_VERSION_MINOR"),
    "_",
    env!("CARGO_PKG_VERSION_PATCH")
);

/// The item that the linker gathers.
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
    let elf = format!("trace_{VERSION}");
    let mach_o = format!("__DATA,trc_{VERSION},regular,no_dead_strip");
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
