//! Functions that the attributes meet in real code: with `#[trace]`, with `#[metered]`, with all
//! attributes at once, and with baggage. Compiled in edition 2024 by `tests/hostile.rs`, and in
//! older ones by the crates in `tests/editions`.

#[path = "."]
mod traced {
    pub(crate) use trace_macros::{span, trace};

    /// A future is larger by no more than this, in bytes.
    pub(crate) const MOST_GROWTH: usize = 128;

    #[path = "functions.rs"]
    pub(crate) mod functions;
}

#[path = "."]
mod metered {
    pub(crate) use attribute_stacks::metered as trace;
    pub(crate) use trace_macros::span;

    pub(crate) const MOST_GROWTH: usize = 168;

    #[path = "functions.rs"]
    mod functions;
}

#[path = "."]
mod stacked {
    pub(crate) use attribute_stacks::stacked as trace;
    pub(crate) use trace_macros::span;

    pub(crate) const MOST_GROWTH: usize = 168;

    #[path = "functions.rs"]
    mod functions;
}

#[path = "."]
mod scoped {
    pub(crate) use attribute_stacks::scoped as trace;
    pub(crate) use trace_macros::span;

    pub(crate) const MOST_GROWTH: usize = 256;

    #[path = "functions.rs"]
    mod functions;
}

mod handed;
mod metrics;
mod opaque;
