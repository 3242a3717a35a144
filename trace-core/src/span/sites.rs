//! Sites of spans that are not created by an attribute: one per place in the source that starts
//! them, or per library on whose behalf they are started.

use crate::fork;
use crate::site::Site;
use std::cell::Cell;
use std::collections::HashMap;
use std::panic::Location;
use std::sync::{PoisonError, RwLock};

/// The origin of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Origin {
    /// File, line and column.
    Place(&'static str, u32, u32),
    /// Name and version.
    Library(&'static str, &'static str),
}

impl From<&'static Location<'static>> for Origin {
    fn from(location: &'static Location<'static>) -> Self {
        Self::Place(location.file(), location.line(), location.column())
    }
}

static SITES: RwLock<Option<HashMap<Origin, &'static Site>>> = RwLock::new(None);

/// Holds this lock across forks.
pub fn keep_over_forks() {
    fork::keep(&SITES, fork::unchanged);
}

/// The number of recently used sites that each thread caches; others are looked up under a shared
/// lock.
const RECENT: usize = 32;

thread_local! {
    static MET: [Cell<Option<(Origin, &'static Site)>>; RECENT] =
        const { [const { Cell::new(None) }; RECENT] };
}

impl Origin {
    /// Returns its position in the cache: by address, which is the same whenever the text is from
    /// the same place in the program.
    fn slot(self) -> usize {
        let (address, more) = match self {
            Self::Place(file, line, column) => {
                (file.as_ptr().addr(), (line << 8 ^ column) as usize)
            }
            Self::Library(name, _) => (name.as_ptr().addr(), 0),
        };
        (address ^ more).wrapping_mul(0x9e37_79b9) >> 16 & (RECENT - 1)
    }

    /// Compares, by address where that is sufficient.
    fn is_same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Place(one, ..), Self::Place(other_file, ..))
                if !std::ptr::eq(one, other_file) =>
            {
                false
            }
            (Self::Place(_, line, column), Self::Place(_, other_line, other_column)) => {
                (line, column) == (other_line, other_column)
            }
            (Self::Library(name, version), Self::Library(other_name, other_version)) => {
                std::ptr::eq(name, other_name) && std::ptr::eq(version, other_version)
            }
            _ => false,
        }
    }
}

/// Returns the site of an origin; created once and kept.
pub(super) fn site_of(origin: Origin) -> &'static Site {
    let met = MET.try_with(|met| {
        let slot = &met[origin.slot()];
        match slot.get() {
            Some((known, site)) if known.is_same(origin) => site,
            _ => {
                let site = look_up(origin);
                slot.set(Some((origin, site)));
                site
            }
        }
    });
    met.unwrap_or_else(|_| look_up(origin))
}

#[cold]
fn look_up(origin: Origin) -> &'static Site {
    let known = SITES.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(site) = known.as_ref().and_then(|sites| sites.get(&origin)) {
        return site;
    }
    drop(known);
    let mut sites = SITES.write().unwrap_or_else(PoisonError::into_inner);
    sites.get_or_insert_default().entry(origin).or_insert_with(|| {
        let (text, line) = match origin {
            Origin::Place(file, line, _) => {
                let version = env!("CARGO_PKG_VERSION");
                (format!("\0trace_runtime\0{file}\0{version}\0"), line)
            }
            Origin::Library(name, version) => (format!("\0{name}\0\0{version}\0"), 0),
        };
        Box::leak(Box::new(Site::new(text.leak(), line)))
    })
}
