//! Creates one site per callsite of `tracing`, when its first span starts.

use crate::options::Options;
use crate::runtime::layer::{Place, Site};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::thread::LocalKey;
use tracing_core::Metadata;

/// A callsite, by the address of its metadata plus the options of the layer.
pub(crate) type Identity = usize;

/// The sites that this thread used last. A displaced one is looked up under a lock that all threads
/// share.
pub(crate) const RECENT: usize = 128;

/// What is known of the callsites that this thread used last.
pub(crate) type Recent<T> = [Cell<(Identity, Option<T>)>; RECENT];

/// What is known of all callsites of one kind.
pub(crate) struct Callsites<T: 'static> {
    recent: &'static LocalKey<Recent<T>>,
    all: RwLock<Option<HashMap<Identity, T>>>,
}

impl<T: Copy> Callsites<T> {
    pub(crate) const fn new(recent: &'static LocalKey<Recent<T>>) -> Self {
        Self { recent, all: RwLock::new(None) }
    }

    /// Returns what is known of a callsite; `make` finds it out the first time.
    // HOT: called for every span, and for every event that becomes a log record.
    #[inline]
    pub(crate) fn get(&self, identity: Identity, make: impl Fn() -> T) -> T {
        let recent = self.recent.try_with(|recent| {
            let place = &recent[(identity >> 3).wrapping_mul(0x9e37_79b9) >> 7 & (RECENT - 1)];
            if let (known, Some(found)) = place.get()
                && known == identity
            {
                return found;
            }
            let found = self.look_up(identity, &make);
            place.set((identity, Some(found)));
            found
        });
        recent.unwrap_or_else(|_| self.look_up(identity, &make))
    }

    #[cold]
    fn look_up(&self, identity: Identity, make: impl Fn() -> T) -> T {
        if let Some(found) = self.find(identity) {
            return found;
        }
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        *all.get_or_insert_default().entry(identity).or_insert_with(make)
    }

    fn find(&self, identity: Identity) -> Option<T> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all.as_ref()?.get(&identity).copied()
    }
}

thread_local! {
    static RECENT_SPANS: Recent<Known> = const { [const { Cell::new((0, None)) }; RECENT] };
}

static SPANS: Callsites<Known> = Callsites::new(&RECENT_SPANS);

#[derive(Clone, Copy)]
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
    Some(SPANS.find(identity)?.metadata)
}

/// Returns the site of a callsite.
// HOT: called for every span.
pub(crate) fn site_of(metadata: &'static Metadata<'static>, options: Options) -> &'static Site {
    let make = || Known { site: place_of(metadata, options).into_site(), metadata };
    SPANS.get(identity_of(metadata, options), make).site
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
