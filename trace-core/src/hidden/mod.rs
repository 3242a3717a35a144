//! Gathers the API that is hidden: what expansions call, and what the crates of this workspace use.
//!
//! It changes whenever they need it to. So its name carries the version, and users never name it.

#[cfg(feature = "enabled")]
mod expansion;
#[cfg(feature = "enabled")]
pub use expansion::*;

#[cfg(not(feature = "enabled"))]
pub use crate::disabled::private::*;

/// Modules of this crate as the runtime uses them, with what is public in them.
pub mod runtime {
    /// Re-exports each module under its name.
    macro_rules! share {
        ($($(#[$when:meta])* $module:ident,)*) => {$(
            $(#[$when])*
            #[allow(missing_docs)]
            pub mod $module {
                pub use crate::$module::*;
            }
        )*};
    }

    share! {
        amount,
        caught,
        context,
        escape,
        kind,
        loss,
        objective,
        outcome,
        status,
        value,
    }
    #[cfg(feature = "enabled")]
    share! {
        clock,
        #[cfg(feature = "metrics")]
        distribution,
        hooks,
        instruments,
        #[cfg(feature = "opentelemetry")]
        otel,
        recorder,
        sampler,
        scope,
        site,
        span,
        state,
    }
}
