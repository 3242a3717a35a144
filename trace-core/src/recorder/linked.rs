//! Lists every annotated function of the binary, called or not, as gathered by the linker.
//!
//! Each attribute puts its statics into sections of the binary, whose start and end the linker
//! provides: a [`Site`] where it is, other statics by an [`Entry`] that refers to them. (This is the
//! technique of the crate `linkme`, whose macro would cost each site a second expansion.) On systems
//! other than those below the lists are empty.

use crate::instruments::{Instrument, Meter};
use crate::site::Site;

/// An entry that an attribute has put there.
#[derive(Clone, Copy)]
pub enum Entry {
    /// A function whose calls are measured.
    Meter(&'static Meter),
    /// A business value of a function.
    Instrument(&'static Instrument),
}

/// Returns the sites of all functions with a span.
pub fn sites() -> &'static [Site] {
    sections::sites()
}

/// Returns all entries.
pub fn entries() -> &'static [Entry] {
    sections::entries()
}

/// Implements a list of statics that the linker has put into a section.
#[cfg(any(
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd",
    target_vendor = "apple"
))]
macro_rules! section {
    (
        $list:ident: $ty:ty, $elf:literal $elf_start:literal $elf_end:literal,
        $mach_o:literal $mach_o_start:literal $mach_o_end:literal
    ) => {
        pub(super) fn $list() -> &'static [$ty] {
            unsafe extern "Rust" {
                #[cfg_attr(target_vendor = "apple", link_name = $mach_o_start)]
                #[cfg_attr(not(target_vendor = "apple"), link_name = $elf_start)]
                static START: [$ty; 0];
                #[cfg_attr(target_vendor = "apple", link_name = $mach_o_end)]
                #[cfg_attr(not(target_vendor = "apple"), link_name = $elf_end)]
                static STOP: [$ty; 0];
            }

            /// Makes the section exist where nothing is annotated.
            #[used]
            #[cfg_attr(target_vendor = "apple", unsafe(link_section = $mach_o))]
            #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = $elf))]
            static NOTHING: [$ty; 0] = [];

            let (start, stop) = (&raw const START, &raw const STOP);
            let bytes = stop.addr() - start.addr();
            // SAFETY: the linker places the two around the section, which contains nothing but
            // statics of this type: its name includes the version of this crate.
            unsafe { std::slice::from_raw_parts(start.cast(), bytes / size_of::<$ty>()) }
        }
    };
}

trace_macros::__versioned! {
    #[cfg(any(
        target_os = "linux",
        target_os = "android",
        target_os = "freebsd",
        target_vendor = "apple"
    ))]
    mod sections {
        use super::{Entry, Site};

        section! {
            sites: Site,
            "trace_sites_{version}" "__start_trace_sites_{version}" "__stop_trace_sites_{version}",
            "__DATA,trs_{version},regular,no_dead_strip"
            "\u{1}section$start$__DATA$trs_{version}" "\u{1}section$end$__DATA$trs_{version}"
        }
        section! {
            entries: Entry,
            "trace_{version}" "__start_trace_{version}" "__stop_trace_{version}",
            "__DATA,trc_{version},regular,no_dead_strip"
            "\u{1}section$start$__DATA$trc_{version}" "\u{1}section$end$__DATA$trc_{version}"
        }
    }
}

#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd",
    target_vendor = "apple"
)))]
mod sections {
    use super::{Entry, Site};

    pub(super) fn sites() -> &'static [Site] {
        &[]
    }

    pub(super) fn entries() -> &'static [Entry] {
        &[]
    }
}
