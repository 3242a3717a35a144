//! Lists every annotated function of the binary, called or not, as gathered by the linker.
//!
//! Each attribute puts an [`Entry`] into one section of the binary, whose start and end the linker
//! provides. (This is the technique of the crate `linkme`, whose macro would cost each site a
//! second expansion.) On systems other than those below the list is empty.

use crate::instruments::{Instrument, Meter};
use crate::site::Site;

/// An entry that an attribute has put there.
#[derive(Clone, Copy)]
pub enum Entry {
    /// A function with a span.
    Span(&'static Site),
    /// A function whose calls are measured.
    Meter(&'static Meter),
    /// A business value of a function.
    Instrument(&'static Instrument),
}

/// Returns all entries.
pub fn entries() -> &'static [Entry] {
    section::entries()
}

trace_macros::__versioned! {
    #[cfg(any(
        target_os = "linux",
        target_os = "android",
        target_os = "freebsd",
        target_vendor = "apple"
    ))]
    mod section {
        use super::Entry;

        unsafe extern "Rust" {
            #[cfg_attr(target_vendor = "apple", link_name = "\u{1}section$start$__DATA$trc_{version}")]
            #[cfg_attr(not(target_vendor = "apple"), link_name = "__start_trace_{version}")]
            static START: [Entry; 0];
            #[cfg_attr(target_vendor = "apple", link_name = "\u{1}section$end$__DATA$trc_{version}")]
            #[cfg_attr(not(target_vendor = "apple"), link_name = "__stop_trace_{version}")]
            static STOP: [Entry; 0];
        }

        /// Makes the section exist where nothing is annotated.
        #[used]
        #[cfg_attr(
            target_vendor = "apple",
            unsafe(link_section = "__DATA,trc_{version},regular,no_dead_strip")
        )]
        #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = "trace_{version}"))]
        static NOTHING: [Entry; 0] = [];

        pub(super) fn entries() -> &'static [Entry] {
            let (start, stop) = (&raw const START, &raw const STOP);
            let bytes = stop.addr() - start.addr();
            // SAFETY: the linker places the two around the section, which contains nothing but
            // statics of this type: its name includes the version of this crate.
            unsafe { std::slice::from_raw_parts(start.cast(), bytes / size_of::<Entry>()) }
        }
    }
}

#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd",
    target_vendor = "apple"
)))]
mod section {
    use super::Entry;

    pub(super) fn entries() -> &'static [Entry] {
        &[]
    }
}
