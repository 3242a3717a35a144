//! The primitives of the ring, from `std` or, under `cfg(loom)`, from the model checker.

#[cfg(not(all(loom, test)))]
pub(crate) use std::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering},
};

#[cfg(all(loom, test))]
pub(crate) use loom::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering},
};

/// One word of a ring, shared by a producer and a consumer that agree on its owner.
#[cfg(not(all(loom, test)))]
#[repr(transparent)]
pub(crate) struct Word(std::cell::UnsafeCell<u64>);

/// One word of a ring, shared by a producer and a consumer that agree on its owner.
#[cfg(all(loom, test))]
pub(crate) struct Word(loom::cell::UnsafeCell<u64>);

// SAFETY: the ring hands each word to one side at a time (see `ring.rs`).
unsafe impl Sync for Word {}

impl Word {
    /// # Safety
    /// The caller owns the word at this moment.
    #[inline(always)]
    pub(crate) unsafe fn write(&self, value: u64) {
        #[cfg(not(all(loom, test)))]
        // SAFETY: the caller owns the word.
        unsafe {
            *self.0.get() = value;
        }
        #[cfg(all(loom, test))]
        // SAFETY: the caller owns the word; loom checks it.
        self.0.with_mut(|word| unsafe { *word = value });
    }

    /// # Safety
    /// The caller owns the word at this moment.
    #[inline(always)]
    pub(crate) unsafe fn read(&self) -> u64 {
        #[cfg(not(all(loom, test)))]
        // SAFETY: the caller owns the word.
        unsafe {
            *self.0.get()
        }
        #[cfg(all(loom, test))]
        // SAFETY: the caller owns the word; loom checks it.
        self.0.with(|word| unsafe { *word })
    }
}

/// Returns `len` zeroed words, `None` if there is no memory for them; on most systems pages that
/// are never touched take none.
#[cfg(not(all(loom, test)))]
pub(crate) fn zeroed_words(len: usize) -> Option<Box<[Word]>> {
    let layout = std::alloc::Layout::array::<Word>(len).ok().filter(|layout| layout.size() > 0)?;
    // SAFETY: the layout has a size.
    let words: *mut Word = unsafe { std::alloc::alloc_zeroed(layout) }.cast();
    // SAFETY: allocated with the layout of the box, and zero is a word.
    (!words.is_null())
        .then(|| unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(words, len)) })
}

/// Returns `len` zeroed words.
#[cfg(all(loom, test))]
pub(crate) fn zeroed_words(len: usize) -> Option<Box<[Word]>> {
    Some((0..len).map(|_| Word(loom::cell::UnsafeCell::new(0))).collect())
}
