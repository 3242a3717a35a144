//! One site per callsite of `tracing`, made when its first span starts.

use crate::options::Options;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use trace_runtime::__layer_0_1_0::{Place, Site};
use tracing_core::Metadata;

/// A callsite, by the address of its metadata, plus what the layer was told to say of it.
type Identity = usize;

/// The sites that this thread has met last. What another callsite has displaced is looked up under
/// a lock that all threads share.
const RECENT: usize = 128;

thread_local! {
    static MET: [Cell<(Identity, Option<&'static Site>)>; RECENT] =
        const { [const { Cell::new((0, None)) }; RECENT] };
}

static SITES: RwLock<Option<HashMap<Identity, &'static Site>>> = RwLock::new(None);

/// The site of a callsite.
// HOT: every span asks for it.
pub(crate) fn site_of(metadata: &'static Metadata<'static>, options: Options) -> &'static Site {
    // Less than the size of metadata is added, so that no two share an identity.
    let identity = std::ptr::from_ref(metadata).addr() + options.of_sites();
    let recent = MET.try_with(|met| {
        let place = &met[(identity >> 3).wrapping_mul(0x9e37_79b9) >> 7 & (RECENT - 1)];
        if let (known, Some(site)) = place.get()
            && known == identity
        {
            return site;
        }
        let site = look_up(identity, metadata, options);
        place.set((identity, Some(site)));
        site
    });
    recent.unwrap_or_else(|_| look_up(identity, metadata, options))
}

#[cold]
fn look_up(
    identity: Identity,
    metadata: &'static Metadata<'static>,
    options: Options,
) -> &'static Site {
    let known = SITES.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(site) = known.as_ref().and_then(|sites| sites.get(&identity)) {
        return site;
    }
    drop(known);
    let mut sites = SITES.write().unwrap_or_else(PoisonError::into_inner);
    let sites = sites.get_or_insert_default();
    sites.entry(identity).or_insert_with(|| place_of(metadata, options).into_site())
}

fn place_of(metadata: &'static Metadata<'static>, options: Options) -> Place<'static> {
    let mut constants = Vec::new();
    if let (true, Some(module)) = (options.location, metadata.module_path()) {
        constants.push(("code.module.name", module));
    }
    if options.target {
        constants.push(("target", metadata.target()));
    }
    if options.level {
        constants.push(("level", metadata.level().as_str()));
    }
    let (file, line) = match (options.location, metadata.file()) {
        (true, Some(file)) => (file, metadata.line().unwrap_or_default()),
        _ => ("", 0),
    };
    Place {
        name: metadata.name(),
        module: metadata.module_path().unwrap_or(metadata.target()),
        file,
        line,
        keys: metadata.fields().iter().map(|field| field.name()).collect(),
        constants,
    }
}
