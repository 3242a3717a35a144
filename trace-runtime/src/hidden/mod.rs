//! Gathers the API that is hidden: what expansions call, and what the crates of this workspace use.
//!
//! It changes whenever they need it to. So its name carries the version, and users never name it.

trace_macros::__versioned! {
    pub use trace_core::__private::*;
    pub use trace_core::__private::runtime::caught;
}

/// The seam of the layers for `tracing` and for tower.
#[cfg(feature = "enabled")]
pub mod layer {
    #[cfg(feature = "logs")]
    pub use crate::logs::seam as logs;
    pub use crate::recorder::attached::{Attached, is_span_alone};
    pub use crate::recorder::beforehand::shows_attributes;
    pub use crate::recorder::start::Lineage;
    pub use crate::site::Site;
    pub use crate::spans::{
        Place, SharedSpan, Subject, context_of, is_on, is_recording, start_detached, within,
    };
}

/// The seam of the layers for HTTP: contexts in headers, and the defaults that a file sets.
#[cfg(all(feature = "enabled", feature = "http"))]
pub mod requests {
    pub use crate::instrumentation::{HttpInstrumentation, HttpSide, in_force};
    pub use crate::propagation::requests::{current, extract_headers, inject_headers};
}

/// The seam of the testkit.
#[cfg(feature = "enabled")]
pub mod testing {
    pub use crate::testing::*;
}
