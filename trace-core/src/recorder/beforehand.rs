//! Determines, before a span starts, what applies at its site and whether it is recorded.

use super::quiet::Busy;
use super::thread::{Local, local};
use crate::captures::{self, SLOW_PATH};
use crate::context::{Baggage, SpanContext, bits};
use crate::request;
use crate::sampler;
use crate::site::{Site, SiteNeeds};
use crate::site_rules::{self, SiteRule};
use crate::state;
use std::sync::atomic::{Ordering, fence};

/// Returns what applies to a span of `site` here; `is_named`: it has its own name.
///
/// # Safety
/// `local` is the calling thread's.
#[inline]
pub(super) unsafe fn needs(
    local: *mut Local,
    site: &'static Site,
    state: u32,
    is_named: bool,
) -> SiteNeeds {
    // SAFETY: as the caller promises.
    unsafe { needs_in((*local).current.capture, local, site, state, is_named) }
}

/// Returns what applies to a span of `site` in a capture.
///
/// # Safety
/// `local` is the calling thread's.
#[inline]
pub(super) unsafe fn needs_in(
    capture: u32,
    local: *mut Local,
    site: &'static Site,
    state: u32,
    is_named: bool,
) -> SiteNeeds {
    if capture & SLOW_PATH == 0 {
        if state & state::BY_SITE == 0 && !site.is_verbose() {
            return SiteNeeds::NONE;
        }
        if !is_named && let Some(known) = site.needs_for(state) {
            return known;
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
) -> SiteNeeds {
    // SAFETY: as the caller promises; the borrows end before user code runs.
    unsafe {
        if (*local).current.bits & (bits::BUSY | bits::SUPPRESSED) != 0 {
            return SiteNeeds::NONE;
        }
        if capture & SLOW_PATH != 0 {
            let busy = Busy::new(local);
            let of_capture = captures::needs(capture, (!is_named).then_some(site));
            drop(busy);
            if let Some(of_capture) = of_capture {
                return of_capture.at_site().and(by_rules(site, state));
            }
        }
        if is_named {
            let of_sampler = match state & state::SAMPLED_BY_SITE {
                0 => SiteNeeds::NONE,
                _ => sampler::needs().at_site(),
            };
            return of_sampler.and(by_rules(site, state));
        }
        if let Some(known) = site.needs_for(state) {
            return known;
        }
        // Rules and samplers are put in force before the state changes: what is read from here on is at least
        // as new as the state for which it is remembered.
        fence(Ordering::Acquire);
        let mut needs = by_rules(site, state);
        if state & state::SAMPLED_BY_SITE != 0 {
            let busy = Busy::new(local);
            needs = needs.and(sampler::needs_at(site).at_site());
            drop(busy);
        }
        site.remember_needs(state, needs);
        needs
    }
}

/// Returns what the rules of sites say about `site`.
fn by_rules(site: &'static Site, state: u32) -> SiteNeeds {
    if state & state::RULED_BY_SITE == 0 && !site.is_verbose() {
        return SiteNeeds::NONE;
    }
    match site_rules::rule_for(site) {
        SiteRule::On => SiteNeeds::NONE,
        SiteRule::Quiet => SiteNeeds::FOR_SOME,
        SiteRule::Off => SiteNeeds::FOR_NONE,
    }
}

/// Returns whether a call to `site`, to which this applies, has no span here. `level`: what its request has
/// asked for so far.
#[inline]
pub(super) fn is_silent(site: &Site, needs: SiteNeeds, level: u8, baggage: &Baggage) -> bool {
    needs.is_off()
        || needs.may_be_silent()
            && level < site.span_level() as u8
            && request::level_of(baggage).is_none_or(|level| level < site.span_level())
}

/// Returns what applies to `site`, if it is known that its calls may have no span.
// HOT: two tests for all other sites.
#[inline(always)]
fn silent_needs(site: &Site, state: u32) -> Option<SiteNeeds> {
    match state & state::RULED_BY_SITE == 0 && !site.is_verbose() {
        true => None,
        false => site.needs_for(state).filter(|needs| needs.may_be_silent()),
    }
}

/// Returns whether no call to `site` has a span, as far as words tell that are not the thread's.
// HOT: what a call costs whose level is off, or that is switched off.
#[inline(always)]
pub(super) fn is_always_silent(site: &Site, state: u32) -> bool {
    silent_needs(site, state).is_some_and(|needs| needs.is_off() || request::have_no_levels())
}

/// Returns whether a call to `site` has no span here, as far as words tell.
///
/// # Safety
/// `local` is the calling thread's.
#[inline(always)]
pub(super) unsafe fn is_surely_silent(local: *mut Local, site: &Site, state: u32) -> bool {
    if silent_needs(site, state).is_none() {
        return false;
    }
    // SAFETY: as the caller promises.
    let local = unsafe { &*local };
    let has_baggage = || !local.current.baggage.is_empty() || local.metering.has_attached_baggage;
    local.current.level < site.span_level() as u8 && (request::asks_nothing() || !has_baggage())
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
    let (needs, baggage) = unsafe { (needs(local, site, state, false), &(*local).current.baggage) };
    // SAFETY: as the caller promises.
    let level = unsafe { (*local).current.level }.max(parent.map_or(0, |parent| parent.level));
    if needs.may_be_silent() && is_silent(site, needs, level, baggage) {
        return false;
    }
    let asks = || needs.children();
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
    follows && !unsafe { needs(local, site, state, false) }.decide()
}
