//! The functions of `trace-macros/tests/suite` in edition 2018: with `#[trace]`, with `#[metered]`,
//! and with all attributes at once.
#![deny(warnings, clippy::all)]
// On purpose: each time, `trace` is another attribute.
#![allow(clippy::duplicate_mod)]
#![cfg(test)]

#[path = "."]
mod traced {
    pub(crate) use trace_macros::{span, trace};

    #[path = "../../../suite/mod.rs"]
    mod suite;
}

#[path = "."]
mod metered {
    pub(crate) use attribute_stacks::metered as trace;
    pub(crate) use trace_macros::span;

    #[path = "../../../suite/mod.rs"]
    mod suite;
}

#[path = "."]
mod stacked {
    pub(crate) use attribute_stacks::stacked as trace;
    pub(crate) use trace_macros::span;

    #[path = "../../../suite/mod.rs"]
    mod suite;
}
