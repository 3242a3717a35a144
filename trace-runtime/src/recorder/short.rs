//! The short way of a synchronous call: straight-line code from the call to words in the ring.
//!
//! It is taken when nothing special applies: the current span records and its trace is the one that
//! the ring speaks of, the site is resolved for the state in force, the thread is not panicking,
//! there is room, and the values are numbers and short strings. In all other cases nothing has been
//! done yet, and the long way (`guard.rs`) starts over.
//!
//! What costs here is each instruction: reading the clock does not overlap with anything. So there
//! is one compare per condition, no call, and no write that is not part of the record.

use super::fields::by_site;
use super::guard::{BORN, FLAGS, began_panicking};
use super::packed::{PackedRef, Slot};
use super::record::{self, END_WORDS, START_WORDS};
use super::ring::{Producer, header};
use super::sync::Word;
use super::thread::hot_local;
use super::words::{GROUP, LONG, STATIC, STR, TAIL, each_tag};
use crate::outcome::Outcome;
use crate::site::Site;

/// The longest string that is copied in line, in bytes: identifiers and UUIDs fit.
const MOST_BYTES: usize = 64;

/// The words that are asked for, beside strings: the record without values, tags and heads.
const FIXED: u64 = START_WORDS + 1 + GROUP as u64;
/// The words that are asked for, for each string.
const MOST_WORDS_EACH: u64 = MOST_BYTES as u64 / 8;

/// No start record that takes the short way is longer.
pub(super) const MOST_WORDS: u64 = FIXED + GROUP as u64 * MOST_WORDS_EACH;

/// Writes the start of a call to `site` with `N` values, none of them strings unless `STRINGS`;
/// returns what to give to [`leave`]. `None`: take the long way.
///
/// # Safety
/// `values` are `N`.
#[inline(always)]
pub(super) unsafe fn enter<const N: usize, const STRINGS: bool>(
    site: &'static Site,
    values: PackedRef<'_>,
    state: u32,
) -> Option<(u64, u64)> {
    if !site.is_resolved_for(state) {
        return None;
    }
    let local = hot_local()?;
    // SAFETY: the calling thread's own state; no user code runs here. The words that were asked for
    // are the producer's, contiguous, and a whole record when they are published.
    unsafe {
        let strings = if STRINGS { N as u64 * MOST_WORDS_EACH } else { 0 };
        let (pos, start) = (*local).producer.place(FIXED + strings)?;
        fetch_ahead(start, N > 0);
        let tick = (*local).fast_tick();
        let put = |offset: usize, word: u64| (*start.add(offset)).write(word);
        put(1, std::ptr::from_ref(site).expose_provenance() as u64);
        put(2, tick);
        let mut words = START_WORDS;
        if N > 0 {
            put(START_WORDS as usize, values.tags);
            for index in 0..N {
                put(START_WORDS as usize + 1 + index, (*values.slots.add(index)).head());
            }
            words += 1 + N as u64;
            if STRINGS {
                let end = put_tails::<N>(values, start.add(words as usize))?;
                words = (end as usize - start as usize) as u64 / 8;
            }
        }
        put(0, site.start_header() + ((N as u64) << 16) + ((words - START_WORDS) << 32));
        let serial = (*local).ids.serial();
        let parent = std::mem::replace(&mut (*local).current.serial, serial);
        put(3, serial);
        put(4, parent);
        (*local).parent = parent;
        (*local).producer.publish(pos + words);
        // HOT: last, and everything anew from memory, so that nothing but `local` needs a register
        // that outlives the call within.
        let panicking = std::thread::panicking();
        let (serial, parent) = ((*local).current.serial, (*local).parent);
        Some((if panicking { began_panicking(serial) } else { serial }, parent))
    }
}

/// Asks for the cache lines that a later record will be written to: the collector's processor had
/// them last, and waiting for them would cost a call more than all else it does.
// HOT: measured with bursts in the ring of a running collector, 4 ns less per span.
#[inline(always)]
fn fetch_ahead(_start: *const Word, _has_values: bool) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
        const AHEAD: usize = 256;
        const LINE: usize = 8;
        // SAFETY: a prefetch never faults, whatever the address.
        unsafe {
            _mm_prefetch::<{ _MM_HINT_ET0 }>(_start.wrapping_add(AHEAD).cast());
            if _has_values {
                _mm_prefetch::<{ _MM_HINT_ET0 }>(_start.wrapping_add(AHEAD + LINE).cast());
            }
        }
    }
}

/// Whether the short way must look at the values: there are others than numbers.
pub(super) const fn has_strings(tags: u64) -> bool {
    tags & each_tag(TAIL | LONG, GROUP) != 0
}

/// Puts what strings refer to, from `end` on, and returns where that ends; `None` where a value is
/// not for the short way.
///
/// # Safety
/// `values` are `N`, and there is room for `MOST_BYTES` of each.
#[inline(always)]
unsafe fn put_tails<const N: usize>(
    values: PackedRef<'_>,
    mut end: *const Word,
) -> Option<*const Word> {
    if values.tags & each_tag(LONG, N) != 0 {
        return None;
    }
    // HOT: not a loop, because the compiler would keep it as one.
    // SAFETY: as the caller promises.
    unsafe {
        end = put_tail::<N>(values, 0, end)?;
        end = put_tail::<N>(values, 1, end)?;
        end = put_tail::<N>(values, 2, end)?;
        end = put_tail::<N>(values, 3, end)?;
        end = put_tail::<N>(values, 4, end)?;
        end = put_tail::<N>(values, 5, end)?;
        end = put_tail::<N>(values, 6, end)?;
        put_tail::<N>(values, 7, end)
    }
}

/// As [`put_tails`], for one value.
///
/// # Safety
/// As for [`put_tails`].
#[inline(always)]
unsafe fn put_tail<const N: usize>(
    values: PackedRef<'_>,
    index: usize,
    end: *const Word,
) -> Option<*const Word> {
    let has = |bits: u8| values.tags & u64::from(bits) << (8 * index) != 0;
    if index >= N || !has(TAIL) {
        return Some(end);
    }
    // SAFETY: the tag says that the slot is there and borrows a string; there is room.
    unsafe {
        let slot: &Slot = &*values.slots.add(index);
        if has(STATIC ^ STR) {
            (*end).write(slot.address());
            return Some(end.add(1));
        }
        let len = slot.head() as usize;
        let text: *const u8 = std::ptr::with_exposed_provenance(slot.address() as usize);
        copy(text, end, len).then(|| end.byte_add((len + 7) & !7))
    }
}

/// Copies up to [`MOST_BYTES`]; what the last word has beyond them stays as it was. `false`: there
/// are more.
///
/// # Safety
/// There are `len` bytes to read, and words for them to write, which are the caller's.
#[inline(always)]
unsafe fn copy(from: *const u8, to: *const Word, len: usize) -> bool {
    let to = to.cast::<u8>().cast_mut();
    /// Two overlapping halves: no loop, and no call to `memcpy`, which would cost more.
    ///
    /// # Safety
    /// As for `copy`, and `len` is one to two times the size of `T`.
    #[inline(always)]
    unsafe fn both_ends<T>(from: *const u8, to: *mut u8, len: usize) {
        let last = len - size_of::<T>();
        // SAFETY: as the caller promises. One after the other, so that one register is enough.
        unsafe {
            to.cast::<T>().write_unaligned(from.cast::<T>().read_unaligned());
            let end = from.add(last).cast::<T>().read_unaligned();
            to.add(last).cast::<T>().write_unaligned(end);
        }
    }
    // SAFETY: as the caller promises.
    unsafe {
        match len {
            8..=16 => both_ends::<u64>(from, to, len),
            17..=32 => both_ends::<u128>(from, to, len),
            33..=MOST_BYTES => {
                both_ends::<u128>(from, to, 32);
                both_ends::<u128>(from.add(len - 32), to.add(len - 32), 32);
            }
            4..=7 => both_ends::<u32>(from, to, len),
            2..=3 => both_ends::<u16>(from, to, len),
            1 => to.write(from.read()),
            0 => {}
            _ => return false,
        }
    }
    true
}

/// Writes `count` values for the first keys of `site`, if the running poll has just started a span
/// of it; `false`: take the long way.
///
/// # Safety
/// `values` are `count`, not more than a group.
#[inline(always)]
pub(super) unsafe fn describe(site: &'static Site, values: PackedRef<'_>, count: usize) -> bool {
    const BEFORE_HEADS: usize = 4;
    let Some(local) = hot_local() else { return false };
    // SAFETY: as in `enter`.
    unsafe {
        // Asked first: nobody's state has no room.
        let Some((pos, start)) = (*local).producer.place(MOST_WORDS) else { return false };
        if (*local).described != std::ptr::from_ref(site) as usize {
            return true;
        }
        if values.tags & each_tag(LONG, GROUP) != 0 {
            return false;
        }
        let put = |offset: usize, word: u64| (*start.add(offset)).write(word);
        let mut end = start.add(BEFORE_HEADS + count);
        for index in 0..count {
            put(BEFORE_HEADS + index, (*values.slots.add(index)).head());
            match put_tail::<GROUP>(values, index, end) {
                Some(tail_end) => end = tail_end,
                None => return false,
            }
        }
        let words = (end as usize - start as usize) as u64 / 8;
        put(0, header(record::FIELDS, 0, 0, words));
        put(1, (*local).current.serial);
        put(2, by_site(count, 0));
        put(3, values.tags);
        (*local).producer.publish(pos + words);
        (*local).described = 0;
    }
    true
}

/// Ends the span of a guard and restores the current one; `false`: take the long way.
#[inline(always)]
pub(super) fn leave(finish: u64, restore: u64) -> bool {
    // The collector may be asleep: the end of the local root will wake it.
    if finish & FLAGS != BORN {
        return false;
    }
    let Some(local) = hot_local() else { return false };
    // SAFETY: the calling thread's own state (a guard does not leave its thread); the words are the
    // producer's and a whole record when they are published.
    unsafe {
        let Some((_, start)) = (*local).producer.place(END_WORDS) else { return false };
        let tick = (*local).fast_tick();
        (*start).write(end_header(Outcome::Ok));
        (*start.add(1)).write(tick);
        (*start.add(2)).write(finish);
        (*local).current.serial = restore;
        // HOT: last, as in `enter`.
        if std::thread::panicking() {
            ends_in_panic(&raw mut (*local).producer);
        }
        let producer = &mut (*local).producer;
        producer.publish(producer.pos() + END_WORDS);
    }
    true
}

const fn end_header(outcome: Outcome) -> u64 {
    header(record::END, outcome as u8, 0, END_WORDS)
}

/// Corrects the outcome of the end that is about to be published.
///
/// # Safety
/// There is one.
#[cold]
#[inline(never)]
unsafe fn ends_in_panic(producer: *mut Producer) {
    // SAFETY: as the caller promises.
    unsafe {
        let pos = (*producer).pos();
        (*producer).write(pos, end_header(Outcome::Panic));
    }
}
