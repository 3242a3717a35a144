//! Opens and ends calls that begin a trace: straight-line code from the call to words in the ring.
//!
//! It is taken where nothing is current and nothing special applies: the sampler is the default,
//! there are no captures, and roots get no attributes. In all other cases nothing has been done
//! yet, and the slow path (`enter.rs`) starts over.
//!
//! Such a call has a frame, because leaving it leaves its trace as well.

use super::fast::{MOST_WORDS, Unfinished, fetch_ahead};
use super::finish;
use super::frames::{Before, Key};
use super::packed::PackedRef;
use super::record::{self, CONTEXT_WORDS, LEAVE_WORDS};
use super::ring::header;
use super::sync::Word;
use super::thread::{Local, hot_local, ready_local};
use super::words::{GROUP, LONG, each_tag};
use crate::context::{TraceFlags, bits};
use crate::outcome::Outcome;
use crate::site::{Site, SiteNeeds};
use crate::{captures, hooks, sampler, state};

/// Nothing was done.
// HOT: not an `Option`, which would be returned in memory.
pub(super) const NOT_BEGUN: (u64, Key) = (0, 0);

/// The flags of a trace that begins here.
const FLAGS: u8 = TraceFlags::RANDOM.with(TraceFlags::SAMPLED).to_u8();

/// Begins a trace with a call to `site`; returns the arguments for leaving it, or [`NOT_BEGUN`].
///
/// # Safety
/// There are `count` values.
#[inline(never)]
pub(super) unsafe fn enter(
    site: &'static Site,
    state: u32,
    values: PackedRef<'_>,
    count: usize,
) -> (u64, Key) {
    // SAFETY: as the caller promises.
    unsafe { begin(site, state, values, count) }.unwrap_or(NOT_BEGUN)
}

/// # Safety
/// There are `count` values.
#[inline(always)]
unsafe fn begin(
    site: &'static Site,
    state: u32,
    values: PackedRef<'_>,
    count: usize,
) -> Option<(u64, Key)> {
    let is_simple = state::is_plain(state)
        && !site.is_attached(state)
        && (state & state::BY_SITE == 0 && !site.is_verbose()
            || site.needs_for(state) == Some(SiteNeeds::NONE))
        && record::has_room_for(site)
        && values.tags & each_tag(LONG, GROUP) == 0
        && sampler::is_default()
        && captures::are_none()
        && !hooks::describes_roots()
        && !std::thread::panicking();
    let local = ready_local().filter(|_| is_simple)?;
    // SAFETY: the calling thread's own state, not borrowed while hooks run; the words are the
    // producer's, and whole records when they are published.
    unsafe {
        if !(*local).current.is_nothing() || (*local).has_most_frames() {
            return None;
        }
        if !site.is_root() && hooks::attached_parent().is_some() {
            return None;
        }
        let (pos, start) = (*local).producer.place(CONTEXT_WORDS + MOST_WORDS)?;
        fetch_ahead(start, true);
        let entry = start.add(CONTEXT_WORDS as usize);
        let record = Unfinished::at(local, site, pos + CONTEXT_WORDS, entry);
        let trace_id = (*local).ids.trace_id().to_u128();
        put_context(start, (*local).last_serial(), trace_id);
        let (finish, _) = record.publish_with(values, count)?;
        (*local).has_begun_trace(trace_id);
        Some((finish::of_root(finish), (*local).push_root(finish)))
    }
}

/// Puts the context of a trace behind the serial that was assigned last.
///
/// # Safety
/// The words are the caller's.
#[inline(always)]
unsafe fn put_context(at: *const Word, last: u64, trace_id: u128) {
    let words = [
        header(record::CONTEXT, 0, 0, CONTEXT_WORDS),
        0,
        last,
        (trace_id >> 64) as u64,
        trace_id as u64,
        record::traits_of_trace(FLAGS, (0, sampler::version_of_default()), 0),
    ];
    for (index, word) in words.into_iter().enumerate() {
        // SAFETY: as the caller promises.
        unsafe { (*at.add(index)).write(word) };
    }
}

/// Ends a call that [`enter`] has opened, and its trace with it; `false`: take the slow path.
#[inline(always)]
pub(super) fn leave<const GUARDED: bool>(finish: u64, key: Key) -> bool {
    let Some(local) = hot_local() else { return false };
    // SAFETY: the calling thread's own state (a guard does not leave its thread); the words are the
    // producer's and a whole record when they are published.
    unsafe {
        if !is_on_top(local, finish, key) || GUARDED && std::thread::panicking() {
            return false;
        }
        let Some((pos, start)) = (*local).producer.place(LEAVE_WORDS) else { return false };
        (*start).write(record::leave_word((*local).fast_tick(), Outcome::Ok));
        (*local).producer.publish(pos + LEAVE_WORDS);
        (*local).pop_root();
    }
    finish::wake_for_end();
    true
}

/// Returns whether these are the arguments for leaving the current span, and that is a call which
/// [`enter`] has opened, with nothing above it.
///
/// # Safety
/// `local` is the calling thread's.
#[inline(always)]
pub(super) unsafe fn is_on_top(local: *mut Local, finish: u64, key: Key) -> bool {
    // SAFETY: as the caller promises.
    let local = unsafe { &*local };
    let is_current = local.current.is_open() && finish::of_root(local.current.serial) == finish;
    is_current
        && local.frames.spans.back().is_some_and(|top| {
            top.key == key && matches!(top.before, Before::Nothing) && top.attachment.is_none()
        })
}

impl Local {
    /// Makes the trace current that the ring state has as current. Measuring does not depend on it.
    #[inline(always)]
    fn has_begun_trace(&mut self, trace_id: u128) {
        self.written.trace.begin(trace_id, FLAGS);
        self.written.placed = self.current.serial - 1;
        (self.current.trace_id, self.current.flags) = (trace_id, FLAGS);
        self.set_span_bits(bits::RECORDING | bits::IN_STEP);
    }

    /// Pushes the frame of a call that has just begun a trace.
    #[inline(always)]
    fn push_root(&mut self, serial: u64) -> Key {
        let key = self.next_frame();
        self.push_frame(key, serial, false, Before::Nothing);
        key
    }

    /// Leaves the frame of the current root, which is on top, after the end of its span was written.
    #[inline(always)]
    pub(super) fn pop_root(&mut self) {
        self.forget_top_frame();
        (self.written.current, self.written.last) = (0, self.last_serial());
        (self.current.trace_id, self.current.serial, self.current.flags) = (0, 0, 0);
        self.set_span_bits(0);
        self.has_left();
    }
}
