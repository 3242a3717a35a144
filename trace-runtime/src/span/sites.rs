//! Sites of spans that no attribute made: one per place in the source that starts them.

use crate::site::Site;
use std::collections::HashMap;
use std::panic::Location;
use std::sync::{PoisonError, RwLock};

type Place = (&'static str, u32, u32);

static SITES: RwLock<Option<HashMap<Place, &'static Site>>> = RwLock::new(None);

/// The site of a place; made once and kept.
pub(super) fn site_of(location: &'static Location<'static>) -> &'static Site {
    let place = (location.file(), location.line(), location.column());
    let known = SITES.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(site) = known.as_ref().and_then(|sites| sites.get(&place)) {
        return site;
    }
    drop(known);
    let mut sites = SITES.write().unwrap_or_else(PoisonError::into_inner);
    sites.get_or_insert_default().entry(place).or_insert_with(|| {
        let version = env!("CARGO_PKG_VERSION");
        let text = format!("\0trace_runtime\0{}\0{version}\0", place.0).leak();
        Box::leak(Box::new(Site::new(text, place.1)))
    })
}
