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

/// A section in which the linker gathers statics for the catalog.
#[cfg(feature = "enabled")]
pub(crate) struct Section {
    /// Its name in an ELF file.
    pub(crate) elf: &'static str,
    /// Its name in a Mach-O file, which has at most 16 bytes, with its segment and attributes.
    pub(crate) mach_o: &'static str,
}

/// The sites of functions with a span.
#[cfg(feature = "enabled")]
pub(crate) const SITES: Section = Section {
    elf: versioned!("trace_sites_"),
    mach_o: concat!("__DATA,", versioned!("trs_"), ",regular,no_dead_strip"),
};

/// The entries of meters and instruments.
#[cfg(feature = "enabled")]
pub(crate) const ENTRIES: Section = Section {
    elf: versioned!("trace_"),
    mach_o: concat!("__DATA,", versioned!("trc_"), ",regular,no_dead_strip"),
};

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
