//! The hidden API: what expansions call, and what the crates of this workspace use.
//!
//! It changes whenever they need it to. Therefore its name contains the version, and users never
//! write it.

#[cfg(feature = "enabled")]
mod expansion;
#[cfg(feature = "enabled")]
pub use expansion::*;

#[cfg(not(feature = "enabled"))]
pub use crate::disabled::private::*;

/// The modules of this crate as the runtime uses them, with their public items.
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
        carriers,
        caught,
        context,
        escape,
        kind,
        level,
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
        glob,
        hooks,
        instruments,
        #[cfg(feature = "opentelemetry")]
        otel,
        recorder,
        request,
        sampler,
        captures,
        site,
        site_rules,
        span,
        state,
    }
}
