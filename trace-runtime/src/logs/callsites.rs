//! Keeps what all records of a callsite of `log` have in common, so that a record is small.

use super::event::{EventSite, Level, Source};
use log::Record;
use std::sync::OnceLock;

/// The number of callsites that are kept, a power of two. Records of further ones carry all of it themselves.
const MOST: usize = 1024;
/// The number of places at which a callsite is looked for.
const TRIES: usize = 4;

static KEPT: [OnceLock<EventSite>; MOST] = [const { OnceLock::new() }; MOST];

/// Returns what all records of this one's callsite have in common, with their source location; `None` if the
/// record does not tell where it is from, or too many others are kept.
// HOT: called for every record.
pub(super) fn site_of(record: &Record<'_>, level: Level) -> Option<&'static EventSite> {
    let (file, module) = (record.file_static()?, record.module_path_static()?);
    let line = record.line()?;
    let is_here = |site: &EventSite| {
        let is = |kept: Option<&'static str>, text: &'static str| {
            kept.is_some_and(|kept| std::ptr::eq(kept, text))
        };
        site.line == Some(line)
            && site.level == level
            && is(site.file, file)
            && is(site.module, module)
    };
    let first = first_place(file, line, level);
    for place in (0..TRIES).map(|step| &KEPT[(first + step) % MOST]) {
        let site = place.get_or_init(|| EventSite {
            source: Source::Log,
            level,
            name: None,
            target: module,
            file: Some(file),
            module: Some(module),
            line: Some(line),
        });
        if is_here(site) {
            return Some(site);
        }
    }
    None
}

fn first_place(file: &'static str, line: u32, level: Level) -> usize {
    let identity = file.as_ptr().addr() ^ (line as usize) << 4 ^ level as usize;
    // The upper half of a product with the golden ratio depends on all bits.
    (identity as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) as usize >> 40
}
