//! The functions of `suite`, in this crate's own edition: with `#[trace]`, with `#[metered]`, with
//! all attributes at once, and with baggage.
#![deny(warnings, clippy::all)]
// On purpose: each time, `trace` is another attribute.
#![allow(clippy::duplicate_mod)]

#[path = "."]
mod traced {
    pub(crate) use trace_macros::{span, trace};

    /// A future is larger by no more than this, in bytes.
    pub(crate) const MOST_GROWTH: usize = 128;

    #[path = "suite/mod.rs"]
    pub(crate) mod suite;
}

#[path = "."]
mod metered {
    pub(crate) use attribute_stacks::metered as trace;
    pub(crate) use trace_macros::span;

    pub(crate) const MOST_GROWTH: usize = 168;

    #[path = "suite/mod.rs"]
    mod suite;
}

#[path = "."]
mod stacked {
    pub(crate) use attribute_stacks::stacked as trace;
    pub(crate) use trace_macros::span;

    pub(crate) const MOST_GROWTH: usize = 168;

    #[path = "suite/mod.rs"]
    mod suite;
}

#[path = "."]
mod scoped {
    pub(crate) use attribute_stacks::scoped as trace;
    pub(crate) use trace_macros::span;

    pub(crate) const MOST_GROWTH: usize = 256;

    #[path = "suite/mod.rs"]
    mod suite;
}

#[path = "suite/metrics.rs"]
mod metrics;
