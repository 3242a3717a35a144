//! Reads how often the value of a `RefCell` is borrowed, for a cell that other code owns.

use std::ptr;

/// Returns the word `words` words before a value.
pub fn word_before<T>(value: *const T, words: usize) -> usize {
    if cfg!(miri) {
        return 0;
    }
    let place = value.cast::<usize>().wrapping_sub(words).expose_provenance();
    // SAFETY: in front of a value that is borrowed from a `RefCell` in a thread-local there are the
    // count of borrows and, before that, other variables of the thread: aligned words that may be
    // read, and that no other code writes meanwhile. A volatile read, because the compiler cannot
    // see that this is the count.
    unsafe { ptr::with_exposed_provenance::<usize>(place).read_volatile() }
}
