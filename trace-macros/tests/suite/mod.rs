//! Functions as in real code, with `#[trace]`, with `#[metered]`, with all attributes at once, and with
//! baggage. `tests/hostile.rs` compiles them in edition 2024, the crates in `tests/editions` in older
//! ones.

#[path = "."]
mod traced {
    pub(crate) use trace_macros::{span, trace};

    /// The most that a future may grow, in bytes.
    pub(crate) const MOST_GROWTH: usize = 128;

    #[path = "functions.rs"]
    pub(crate) mod functions;
}

#[path = "."]
mod metered {
    pub(crate) use attribute_stacks::metered as trace;
    pub(crate) use trace_macros::span;

    pub(crate) const MOST_GROWTH: usize = 176;

    #[path = "functions.rs"]
    mod functions;
}

#[path = "."]
mod stacked {
    pub(crate) use attribute_stacks::stacked as trace;
    pub(crate) use trace_macros::span;

    pub(crate) const MOST_GROWTH: usize = 176;

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
