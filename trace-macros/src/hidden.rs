//! Names the hidden module that expansions call: the crates that have it, and its version.
//!
//! The version is part of every name, so that no other code can depend on the module and no
//! expansion meets the module of another version. All crates of the workspace share one version.

/// A text followed by the version, in the form of an identifier.
macro_rules! versioned {
    ($text:literal) => {
        concat!(
            $text,
            env!("CARGO_PKG_VERSION_MAJOR"),
            "_",
            env!("CARGO_PKG_VERSION_MINOR"),
            "_",
            env!("CARGO_PKG_VERSION_PATCH")
        )
    };
}

/// The module that expansions call.
pub(crate) const MODULE: &str = versioned!("__private_");

/// The section of an ELF file in which the linker gathers the entries of the catalog.
#[cfg(feature = "enabled")]
pub(crate) const ELF_SECTION: &str = versioned!("trace_");

/// The same section of a Mach-O file, whose names have at most 16 bytes.
#[cfg(feature = "enabled")]
pub(crate) const MACH_O_SECTION: &str =
    concat!("__DATA,", versioned!("trc_"), ",regular,no_dead_strip");

/// A crate that has the module. An expansion uses the one whose attribute was written, unless
/// `crate = …` names a path.
#[derive(Clone, Copy)]
pub(crate) enum Root {
    /// `::trace_runtime`
    Runtime,
    /// `::trace_core`
    Core,
}

impl Root {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Runtime => "trace_runtime",
            Self::Core => "trace_core",
        }
    }
}
