//! The primitives of the ring, from `std` or, under `cfg(loom)`, from the model checker.

#[cfg(not(all(loom, test)))]
pub(crate) use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

#[cfg(all(loom, test))]
pub(crate) use loom::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

/// One word of a ring, shared by a producer and a consumer that agree on who owns it.
#[cfg(not(all(loom, test)))]
#[repr(transparent)]
pub(crate) struct Word(std::cell::UnsafeCell<u64>);

/// One word of a ring, shared by a producer and a consumer that agree on who owns it.
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

/// `len` zeroed words; on most systems pages that are never touched take no memory.
#[cfg(not(all(loom, test)))]
pub(crate) fn zeroed_words(len: usize) -> Box<[Word]> {
    let words: Box<[u64]> = vec![0; len].into_boxed_slice();
    // SAFETY: `Word` is `repr(transparent)` over an `UnsafeCell<u64>`, which has the layout of
    // `u64`; the box is passed on as it is.
    unsafe { Box::from_raw(Box::into_raw(words) as *mut [Word]) }
}

/// `len` zeroed words.
#[cfg(all(loom, test))]
pub(crate) fn zeroed_words(len: usize) -> Box<[Word]> {
    (0..len).map(|_| Word(loom::cell::UnsafeCell::new(0))).collect()
}
