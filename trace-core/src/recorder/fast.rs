//! The fast path of a synchronous call: straight-line code from the call to words in the ring.
//!
//! It is taken when nothing special applies: the current span records and the ring state has it as
//! current, the site is resolved for the state in force, the thread is not panicking, there is
//! room, and the values are numbers and short strings. In all other cases nothing has been done
//! yet, and the slow path (`enter.rs`) starts over.
//!
//! Each instruction counts here, because reading the clock does not overlap with anything. So there
//! is one compare per condition, no call, and only one write beside the record: that of the tick,
//! for the meter that may start with the span.

use super::fields::by_site;
use super::packed::{PackedRef, Slot};
use super::record::{self, ENTER_WORDS, LEAVE_WORDS};
use super::ring::header;
use super::sync::Word;
use super::thread::{Local, hot_local};
use super::words::{GROUP, LONG, STATIC, STR, TAIL, each_tag};
use crate::outcome::Outcome;
use crate::site::Site;

/// The longest string that is copied inline, in bytes: identifiers and UUIDs fit.
const MOST_BYTES: usize = 64;
/// The number of words requested for each string.
const MOST_WORDS_EACH: u64 = MOST_BYTES as u64 / 8;
/// The number of words requested in addition to strings: the record without values, tags and heads.
const FIXED: u64 = ENTER_WORDS + 1 + GROUP as u64;

/// The maximum length of a start record on the fast path.
pub(super) const MOST_WORDS: u64 = FIXED + GROUP as u64 * MOST_WORDS_EACH;

/// The number of words before the heads in a `FIELDS` for the keys of a site, tags included.
const BEFORE_HEADS: usize = 4;
/// The maximum length of such a record on the fast path.
const MOST_WORDS_DESCRIBED: u64 = (BEFORE_HEADS + GROUP) as u64 + GROUP as u64 * MOST_WORDS_EACH;

/// The shape of a call's values, as far as the fast path distinguishes them.
pub(super) enum Shape {
    Numbers,
    /// Numbers, and one string to be copied.
    Text(usize),
    Other,
}

/// Returns the shape of `count` values with these tags.
#[inline(always)]
pub(super) const fn shape(tags: u64, count: usize) -> Shape {
    let borrowing = tags & each_tag(TAIL | LONG, GROUP);
    if borrowing == 0 {
        return Shape::Numbers;
    }
    let mut at = 0;
    while at < count {
        let tag = (STR as u64) << (8 * at);
        if borrowing == tag && tags & (0xff << (8 * at)) == tag {
            return Shape::Text(at);
        }
        at += 1;
    }
    Shape::Other
}

/// A record of the fast path that is being written.
pub(super) struct Unfinished {
    local: *mut Local,
    site: &'static Site,
    pos: u64,
    start: *const Word,
}

impl Unfinished {
    /// Begins the record of a call to `site`, of at most `most` words.
    #[inline(always)]
    fn begin<const GUARDED: bool>(
        site: &'static Site,
        state: u32,
        most: u64,
        has_values: bool,
    ) -> Option<Self> {
        // HOT: in this order, so that nothing but `site` and values needs registers that outlive
        // the call to `panicking`. That call takes a nanosecond, which calls that report their
        // return do not pay.
        if !site.is_resolved_for(state) || GUARDED && std::thread::panicking() {
            return None;
        }
        let local = hot_local()?;
        // SAFETY: the calling thread's own state, and the words are the producer's.
        unsafe {
            let (pos, start) = (*local).producer.place(most)?;
            fetch_ahead(start, has_values);
            Some(Self::at(local, site, pos, start))
        }
    }

    /// Begins the record of a call to `site` at a place that is the producer's.
    ///
    /// # Safety
    /// `local` is the calling thread's, and there is room for a start without values.
    #[inline(always)]
    pub(super) unsafe fn at(
        local: *mut Local,
        site: &'static Site,
        pos: u64,
        start: *const Word,
    ) -> Self {
        let unfinished = Self { local, site, pos, start };
        // SAFETY: as the caller promises. The clock is read here and not later because the
        // following work overlaps with it.
        unsafe { unfinished.put_tick() };
        unfinished
    }

    /// # Safety
    /// The word is one of those that were requested.
    #[inline(always)]
    unsafe fn put_tick(&self) {
        // SAFETY: as the caller promises.
        unsafe {
            let tick = (*self.local).fast_tick();
            self.put(1, tick);
            (*self.local).metering.entered = tick;
        }
    }

    /// # Safety
    /// The word is one of those that were requested.
    #[inline(always)]
    unsafe fn put(&self, offset: usize, word: u64) {
        // SAFETY: as the caller promises.
        unsafe { (*self.start.add(offset)).write(word) };
    }

    /// Puts tags and heads; returns where tails begin.
    ///
    /// # Safety
    /// As for `put`.
    #[inline(always)]
    unsafe fn put_heads<const N: usize>(&self, tags: u64, heads: [u64; N]) -> usize {
        const TAGS: usize = ENTER_WORDS as usize;
        if N == 0 {
            return TAGS;
        }
        // SAFETY: as the caller promises.
        unsafe {
            self.put(TAGS, tags);
            for (index, head) in heads.into_iter().enumerate() {
                self.put(TAGS + 1 + index, head);
            }
        }
        TAGS + 1 + N
    }

    /// Puts `count` values and publishes the record. `None`: a string is too long, and nothing was
    /// done.
    ///
    /// # Safety
    /// There are `count` `values`, none of them with a `LONG` tag, and room for [`MOST_WORDS`].
    #[inline(always)]
    pub(super) unsafe fn publish_with(
        self,
        values: PackedRef<'_>,
        count: usize,
    ) -> Option<(u64, u64)> {
        let tails =
            if count == 0 { ENTER_WORDS as usize } else { ENTER_WORDS as usize + 1 + count };
        // SAFETY: as the caller promises.
        unsafe {
            self.put(ENTER_WORDS as usize, values.tags);
            let heads = self.start.add(tails - count);
            let end = put_values(values, count, heads, self.start.add(tails))?;
            let words = (end as usize - self.start as usize) as u64 / 8;
            Some(self.publish(count, words))
        }
    }

    /// Publishes the record of `words` words with `count` values: the call is current. Returns the
    /// arguments for [`leave`].
    ///
    /// # Safety
    /// All of it but the first word was put.
    #[inline(always)]
    unsafe fn publish(self, count: usize, words: u64) -> (u64, u64) {
        let Self { local, site, pos, .. } = self;
        // SAFETY: the calling thread's own state; the record is whole.
        unsafe {
            self.put(0, record::enter_word(site, count, words));
            let serial = (*local).ids.serial();
            let parent = std::mem::replace(&mut (*local).current.serial, serial);
            (*local).producer.publish(pos + words);
            (serial, parent)
        }
    }
}

/// Writes the start of a call to `site` with values that borrow nothing. `None`: nothing was done.
#[inline(always)]
pub(super) fn enter_numbers<const GUARDED: bool, const N: usize>(
    site: &'static Site,
    state: u32,
    tags: u64,
    heads: [u64; N],
) -> Option<(u64, u64)> {
    const { assert!(N <= GROUP) };
    let record = Unfinished::begin::<GUARDED>(site, state, FIXED, N > 0)?;
    // SAFETY: at most as many words as were requested; no user code runs here.
    unsafe {
        let words = record.put_heads(tags, heads) as u64;
        Some(record.publish(N, words))
    }
}

/// Writes the start of a call whose value at `AT` is a string to be copied.
///
/// # Safety
/// `text` is its address, its head its length in bytes.
#[inline(always)]
pub(super) unsafe fn enter_text<const GUARDED: bool, const N: usize, const AT: usize>(
    site: &'static Site,
    state: u32,
    tags: u64,
    heads: [u64; N],
    text: u64,
) -> Option<(u64, u64)> {
    const { assert!(AT < N && N <= GROUP) };
    // HOT: first, so that no value needs a register any longer than until it is put.
    let len = heads[AT] as usize;
    if len > MOST_BYTES {
        return None;
    }
    let record = Unfinished::begin::<GUARDED>(site, state, FIXED + MOST_WORDS_EACH, true)?;
    // SAFETY: as in `enter_numbers`, and as the caller promises.
    unsafe {
        let tails = record.put_heads(tags, heads);
        copy(std::ptr::with_exposed_provenance(text as usize), record.start.add(tails), len);
        Some(record.publish(N, (tails + fast_words_for(len)) as u64))
    }
}

/// Writes the start of a call with `count` values of any kind, not more than a group.
///
/// # Safety
/// There are `count` `values`.
#[inline(always)]
pub(super) unsafe fn enter_packed<const GUARDED: bool>(
    site: &'static Site,
    state: u32,
    values: PackedRef<'_>,
    count: usize,
) -> Option<(u64, u64)> {
    if values.tags & each_tag(LONG, GROUP) != 0 {
        return None;
    }
    let record = Unfinished::begin::<GUARDED>(site, state, MOST_WORDS, true)?;
    // SAFETY: as in `enter_numbers`, and as the caller promises.
    unsafe { record.publish_with(values, count) }
}

/// Prefetches the cache lines that a later record will be written to: the collector's processor had
/// them last, and waiting for them would cost a call more than everything else it does.
// HOT: measured with bursts in the ring of a running collector, 4 ns less per span.
#[inline(always)]
pub(super) fn fetch_ahead(start: *const Word, has_values: bool) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        const AHEAD: usize = 256;
        const LINE: usize = 8;
        // SAFETY: a prefetch never faults, whatever the address.
        unsafe {
            _mm_prefetch::<{ _MM_HINT_T0 }>(start.wrapping_add(AHEAD).cast());
            if has_values {
                _mm_prefetch::<{ _MM_HINT_T0 }>(start.wrapping_add(AHEAD + LINE).cast());
            }
        }
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = (start, has_values);
}

/// Puts `count` values: their heads from `heads` on, the data they borrow from `end` on. Returns
/// where those data end; `None` if a string is too long for the fast path.
///
/// # Safety
/// There are `count` `values`, none of them with a `LONG` tag, and there is room for their heads
/// and for `MOST_BYTES` of each.
#[inline(always)]
unsafe fn put_values(
    values: PackedRef<'_>,
    count: usize,
    heads: *const Word,
    mut end: *const Word,
) -> Option<*const Word> {
    for index in 0..count {
        let tag = (values.tags >> (8 * index)) as u8;
        // SAFETY: as the caller promises.
        unsafe {
            let slot: &Slot = &*values.slots.add(index);
            (*heads.add(index)).write(slot.head());
            if tag == STATIC {
                (*end).write(slot.address());
                end = end.add(1);
            } else if tag == STR {
                let len = slot.head() as usize;
                let text: *const u8 = std::ptr::with_exposed_provenance(slot.address() as usize);
                if len > MOST_BYTES {
                    return None;
                }
                copy(text, end, len);
                end = end.add(fast_words_for(len));
            }
        }
    }
    Some(end)
}

/// Returns the number of words for a string of at most [`MOST_BYTES`] bytes.
// HOT: two instructions; rounding up any number takes five.
#[inline(always)]
const fn fast_words_for(len: usize) -> usize {
    (len + 7) >> 3
}

/// Copies up to [`MOST_BYTES`]; the rest of the last word keeps its contents.
///
/// # Safety
/// There are `len` bytes to read, and words for them to write, which are the caller's.
#[inline(always)]
unsafe fn copy(from: *const u8, to: *const Word, len: usize) {
    let to = to.cast::<u8>().cast_mut();
    /// Copies two overlapping halves: no loop, and no call to `memcpy`, which would cost more.
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
        if len >= 8 {
            match len {
                8..=16 => both_ends::<u64>(from, to, len),
                17..=32 => both_ends::<u128>(from, to, len),
                _ => {
                    both_ends::<u128>(from, to, 32);
                    both_ends::<u128>(from.add(len - 32), to.add(len - 32), 32);
                }
            }
        } else if len >= 4 {
            both_ends::<u32>(from, to, len);
        } else if len >= 2 {
            both_ends::<u16>(from, to, len);
        } else if len == 1 {
            to.write(from.read());
        }
    }
}

/// Writes `count` values for the first keys of `site` if the running poll has just started a span
/// of it; `false`: take the slow path.
///
/// # Safety
/// There are `count` `values`, not more than a group.
#[inline(always)]
pub(super) unsafe fn describe(site: &'static Site, values: PackedRef<'_>, count: usize) -> bool {
    let Some(local) = hot_local() else { return false };
    // SAFETY: as in `enter`.
    unsafe {
        // Requested first: the placeholder state has no room.
        let place = (*local).producer.place(MOST_WORDS_DESCRIBED);
        let Some((pos, start)) = place else { return false };
        if (*local).described != std::ptr::from_ref(site) as usize {
            return true;
        }
        if values.tags & each_tag(LONG, GROUP) != 0 {
            return false;
        }
        let put = |offset: usize, word: u64| (*start.add(offset)).write(word);
        let heads = start.add(BEFORE_HEADS);
        let Some(end) = put_values(values, count, heads, heads.add(count)) else { return false };
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

/// Ends the span of a call and restores the current one; `false`: take the slow path.
#[inline(always)]
pub(super) fn leave<const GUARDED: bool>(finish: u64, restore: u64) -> bool {
    // SAFETY: the calling thread's own state (a guard does not leave its thread); the words are the
    // producer's and a whole record when they are published.
    unsafe {
        let Some(local) = hot_local() else { return false };
        // HOT: the serial is current and has the flags it was created with: nothing happened to the
        // call. In this order, and with the state fetched anew, so that nothing but `restore` needs
        // a register that outlives the call to `panicking`.
        if (*local).current.serial != finish || GUARDED && std::thread::panicking() {
            return false;
        }
        let Some(local) = (if GUARDED { hot_local() } else { Some(local) }) else { return false };
        let Some((pos, start)) = (*local).producer.place(LEAVE_WORDS) else { return false };
        (*local).current.serial = restore;
        (*start).write(record::leave_word((*local).fast_tick(), Outcome::Ok));
        (*local).producer.publish(pos + LEAVE_WORDS);
    }
    // The collector may be asleep; the end of the local root will wake it.
    true
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::packed::Packed;
    use super::super::ring::{Producer, Ring};
    use super::super::thread::local;
    use super::*;
    use crate::context::{Current, bits};
    use crate::value::Value;

    /// Returns a producer with `words` words before the end of the memory, and no other limit.
    fn before_the_end(ring: &Ring, words: u64) -> Producer {
        // SAFETY: the only producer of a ring that outlives it; a thread that drains it.
        unsafe {
            let mut producer = Producer::attach(ring);
            // A producer whose records are all read starts over beyond half of its ring.
            let eighth = ring.capacity() / 8;
            for (end, is_read) in
                [(2 * eighth, true), (5 * eighth, false), (ring.capacity() - words, true)]
            {
                let (mut at, len) = (producer.pos(), end - producer.pos());
                producer.make_room(&mut at, len, true, false);
                producer.write(at, header(record::END, 0, 0, len));
                producer.publish(end);
                if is_read {
                    ring.drain(record::len, |_, _| {});
                }
            }
            producer
        }
    }

    #[test]
    fn no_record_goes_beyond_the_memory_of_its_ring() {
        static SITE: Site =
            Site::new("describe\0crate\0file\x001.0.0\0\0\0a\0b\0c\0d\0e\0f\0g\0h", 1);
        const STATE: u32 = 1;
        SITE.resolve_for(STATE);
        let text = "x".repeat(MOST_BYTES);
        for (words, describes) in (1..100).flat_map(|words| [(words, false), (words, true)]) {
            let ring = Ring::new(2048);
            let (tags, packed) = Packed::new([Value::Str(&text); GROUP]);
            // SAFETY: the thread's own state, which forgets the ring before the ring is freed.
            unsafe {
                let local = local();
                (*local).current = Current { trace_id: 1, serial: 1, ..Current::NONE };
                (*local).set_bits(bits::RECORDING | bits::IN_STEP);
                (*local).described = std::ptr::from_ref(&SITE) as usize;
                (*local).producer = before_the_end(&ring, words);
                let end = (*local).producer.pos() + words;
                assert!((*local).producer.place(words).is_some(), "{words}");
                assert!((*local).producer.place(words + 1).is_none(), "{words}");
                let packed = packed.with_tags(tags);
                let (written, most) = if describes {
                    (describe(&SITE, packed, GROUP), MOST_WORDS_DESCRIBED)
                } else {
                    let entered = enter_packed::<false>(&SITE, STATE, packed, GROUP);
                    (entered.is_some(), MOST_WORDS)
                };
                assert_eq!(written, words >= most, "{words}");
                assert!((*local).producer.pos() <= end, "{words}");
                (*local).producer = Producer::detached();
                (*local).current = Current::NONE;
                (*local).set_bits(0);
            }
        }
    }
}
