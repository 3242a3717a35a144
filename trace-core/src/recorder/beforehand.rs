//! Determines, before a span starts, what the sampler needs for it and whether it is recorded.

use super::quiet::Busy;
use super::thread::{Local, local};
use crate::captures::{self, SLOW_PATH};
use crate::context::{SpanContext, bits};
use crate::sampler::{self, SamplerNeeds};
use crate::site::Site;
use crate::state;

/// Returns what the sampler needs for a span of `site`; `is_named`: it has its own name.
///
/// # Safety
/// `local` is the calling thread's.
#[inline]
pub(super) unsafe fn needs(
    local: *mut Local,
    site: &'static Site,
    state: u32,
    is_named: bool,
) -> SamplerNeeds {
    // SAFETY: as the caller promises.
    let capture = unsafe { (*local).current.capture };
    if capture & SLOW_PATH == 0 {
        if state & state::BY_SITE == 0 {
            return SamplerNeeds::NONE;
        }
        if !is_named && let Some(known) = site.needs_for(state) {
            return SamplerNeeds::from_bits(known);
        }
    }
    // SAFETY: as the caller promises.
    unsafe { needs_by_site(local, site, state, (capture, is_named)) }
}

/// # Safety
/// `local` is the calling thread's.
#[cold]
unsafe fn needs_by_site(
    local: *mut Local,
    site: &'static Site,
    state: u32,
    (capture, is_named): (u32, bool),
) -> SamplerNeeds {
    // SAFETY: as the caller promises; the borrows end before user code runs.
    unsafe {
        if (*local).current.bits & (bits::BUSY | bits::SUPPRESSED) != 0 {
            return SamplerNeeds::NONE;
        }
        if capture & SLOW_PATH != 0 {
            let busy = Busy::new(local);
            let of_capture = captures::needs(capture, (!is_named).then_some(site));
            drop(busy);
            if let Some(of_capture) = of_capture {
                return of_capture;
            }
        }
        if state & state::BY_SITE == 0 {
            return SamplerNeeds::NONE;
        }
        if is_named {
            return sampler::needs();
        }
        if let Some(known) = site.needs_for(state) {
            return SamplerNeeds::from_bits(known);
        }
        let busy = Busy::new(local);
        let needs = sampler::needs_at(site);
        drop(busy);
        site.remember_needs(state, needs.to_bits());
        needs
    }
}

/// Returns whether a sampler looks at the attributes of a span of `site`; `is_named`: it has its own
/// name.
pub fn shows_attributes(site: &'static Site, is_named: bool) -> bool {
    // SAFETY: the calling thread's own state.
    unsafe { needs(local(), site, state::load(), is_named) }.attributes()
}

/// Returns the state word and the bits of the current context, if anything may be recorded now.
///
/// # Safety
/// `local` is the calling thread's.
#[inline(always)]
unsafe fn observed(local: *mut Local) -> Option<(u32, u8)> {
    // SAFETY: as the caller promises.
    let current = unsafe { (*local).current.bits };
    let state = state::load();
    let is_open = state::is_on(state) && current & (bits::SUPPRESSED | bits::BUSY) == 0;
    is_open.then_some((state, current))
}

/// Returns whether a call to `site` would be recorded, before anything is computed for it.
///
/// # Safety
/// `local` is the calling thread's.
pub(crate) unsafe fn would_record(
    local: *mut Local,
    site: &'static Site,
    parent: Option<&SpanContext>,
) -> bool {
    // SAFETY: as the caller promises.
    let Some((state, current)) = (unsafe { observed(local) }) else { return false };
    // SAFETY: as the caller promises.
    let asks = || unsafe { needs(local, site, state, false) }.children();
    match parent {
        // The sampler may refuse later; then a few values were computed for nothing.
        _ if site.is_root() => true,
        Some(parent) if parent.is_valid() => {
            parent.is_remote() || parent.is_recorded_here() || asks()
        }
        _ => current & bits::UNSAMPLED == 0 || asks(),
    }
}

/// Returns whether the values of a call to `site` are evaluated before its span starts: because it is
/// certain to be recorded, or because the sampler that decides looks at them.
///
/// # Safety
/// `local` is the calling thread's.
pub(super) unsafe fn evaluates_first(
    local: *mut Local,
    site: &'static Site,
    parent: Option<&SpanContext>,
) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        surely_records(local, site, parent)
            || needs(local, site, state::load(), false).attributes()
                && would_record(local, site, parent)
    }
}

/// Returns whether a call to `site` is recorded regardless of any sampler: none is consulted.
///
/// # Safety
/// `local` is the calling thread's.
unsafe fn surely_records(
    local: *mut Local,
    site: &'static Site,
    parent: Option<&SpanContext>,
) -> bool {
    // SAFETY: as the caller promises.
    let Some((state, current)) = (unsafe { observed(local) }) else { return false };
    let follows = match parent {
        _ if site.is_root() => false,
        Some(parent) if parent.is_valid() => parent.is_recorded_here(),
        _ => current & bits::RECORDING != 0,
    };
    // SAFETY: as the caller promises.
    follows && !unsafe { needs(local, site, state, false) }.children()
}
