//! Creates one site per callsite of `tracing`, when its first span starts.

use crate::options::Options;
use crate::runtime::layer::{Place, Site};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use tracing_core::Metadata;

/// A callsite, by the address of its metadata plus the options of the layer.
pub(crate) type Identity = usize;

/// The sites that this thread used last. A displaced one is looked up under a lock that all threads
/// share.
const RECENT: usize = 128;

thread_local! {
    static MET: [Cell<(Identity, Option<&'static Site>)>; RECENT] =
        const { [const { Cell::new((0, None)) }; RECENT] };
}

static SITES: RwLock<Option<HashMap<Identity, Known>>> = RwLock::new(None);

struct Known {
    site: &'static Site,
    metadata: &'static Metadata<'static>,
}

/// Returns the identity of a callsite.
#[inline]
pub(crate) fn identity_of(metadata: &'static Metadata<'static>, options: Options) -> Identity {
    // Less than the size of metadata is added, so that no two share an identity.
    std::ptr::from_ref(metadata).addr() + options.of_sites()
}

/// Returns the metadata of a callsite whose spans have started.
pub(crate) fn metadata_of(identity: Identity) -> Option<&'static Metadata<'static>> {
    let known = SITES.read().unwrap_or_else(PoisonError::into_inner);
    Some(known.as_ref()?.get(&identity)?.metadata)
}

/// Returns the site of a callsite.
// HOT: called for every span.
pub(crate) fn site_of(metadata: &'static Metadata<'static>, options: Options) -> &'static Site {
    let identity = identity_of(metadata, options);
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
    if let Some(known) = known.as_ref().and_then(|sites| sites.get(&identity)) {
        return known.site;
    }
    drop(known);
    let mut sites = SITES.write().unwrap_or_else(PoisonError::into_inner);
    let sites = sites.get_or_insert_default();
    let make = || Known { site: place_of(metadata, options).into_site(), metadata };
    sites.entry(identity).or_insert_with(make).site
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
        version: "",
        file,
        line,
        keys: metadata.fields().iter().map(|field| field.name()).collect(),
        constants,
    }
}
