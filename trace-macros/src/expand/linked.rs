//! Puts statics into sections of the binary, which the catalog reads.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::names::Names;
use crate::hidden::Section;

/// The attributes of a static that the linker puts into a section.
pub(super) fn linked(section: &Section, names: &Names) -> TokenStream {
    let at = names.at;
    let Section { elf, mach_o } = section;
    quote_spanned! {at=>
        #[used]
        #[cfg_attr(
            any(target_os = "linux", target_os = "android", target_os = "freebsd"),
            unsafe(link_section = #elf)
        )]
        #[cfg_attr(target_vendor = "apple", unsafe(link_section = #mach_o))]
    }
}
