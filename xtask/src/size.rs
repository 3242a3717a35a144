//! The size of a linked program: what is loaded of it, as `size` counts.

use std::fs;
use std::path::Path;

use object::{Object, ObjectSection, SectionFlags, elf};

use crate::Outcome;

/// Bytes of all sections that are loaded: code, constants, unwind tables, relocations, data.
pub(crate) fn loaded(binary: &Path) -> Outcome<u64> {
    let bytes = fs::read(binary)?;
    let file = object::File::parse(&*bytes)?;
    Ok(file.sections().filter(is_loaded).map(|section| section.size()).sum())
}

fn is_loaded<'data>(section: &impl ObjectSection<'data>) -> bool {
    match section.flags() {
        SectionFlags::Elf { sh_flags, .. } => sh_flags.contains(elf::SHF_ALLOC),
        // Other formats keep what is not loaded in segments or sections of these names.
        _ => !section.name().is_ok_and(|name| name.starts_with("__debug")),
    }
}
