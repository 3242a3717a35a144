//! The size of a linked program: what is loaded of it, as `size` counts.

use std::fs;
use std::path::Path;

use object::{Object, ObjectSection, SectionFlags, elf};

use crate::Outcome;

/// Bytes of a program's sections.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Size {
    /// Code, constants and data.
    pub(crate) code_and_data: u64,
    /// All that is loaded: unwind tables and relocations as well.
    pub(crate) loaded: u64,
}

impl Size {
    /// Reads a program's sections.
    pub(crate) fn of(binary: &Path) -> Outcome<Self> {
        let bytes = fs::read(binary)?;
        let file = object::File::parse(&*bytes)?;
        let mut size = Self::default();
        for section in file.sections().filter(is_loaded) {
            size.loaded += section.size();
            if is_code_or_data(section.name()?) {
                size.code_and_data += section.size();
            }
        }
        Ok(size)
    }

    /// What this has more than another.
    pub(crate) fn beyond(self, other: Self) -> Self {
        Self {
            code_and_data: self.code_and_data - other.code_and_data,
            loaded: self.loaded - other.loaded,
        }
    }
}

fn is_code_or_data(name: &str) -> bool {
    const PREFIXES: [&str; 4] = [".text", ".rodata", ".data", ".bss"];
    // A link-time registry is a section with a separate name, which is a C identifier.
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || !name.starts_with('.')
}

fn is_loaded<'data>(section: &impl ObjectSection<'data>) -> bool {
    match section.flags() {
        SectionFlags::Elf { sh_flags, .. } => sh_flags.contains(elf::SHF_ALLOC),
        // Other formats keep what is not loaded in segments or sections of these names.
        _ => !section.name().is_ok_and(|name| name.starts_with("__debug")),
    }
}
