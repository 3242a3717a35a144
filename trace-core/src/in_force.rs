//! Process-wide values of which one at a time is in force, and which all threads read often.
//!
//! Each thread keeps the value that it has seen last, and compares a number to find out whether
//! that is still in force. So reading writes nothing that other threads read, and a new thread does
//! not have to register among all others, as it would with counted or listed readers.

use crate::caught::discard;
use crate::fork;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::LocalKey;

/// The value in force.
pub(crate) struct InForce<T: 'static> {
    /// Increases with each change; its lowest bit is set if a value is in force.
    version: AtomicU64,
    current: Mutex<Option<Arc<T>>>,
    seen: &'static LocalKey<Seen<T>>,
}

/// The value that a thread has seen last, and its version.
pub(crate) struct Seen<T>(Cell<Option<(u64, Option<Arc<T>>)>>);

impl<T> Seen<T> {
    /// Creates a cache that has seen nothing.
    pub(crate) const fn nothing() -> Self {
        Self(Cell::new(None))
    }
}

impl<T> Drop for Seen<T> {
    fn drop(&mut self) {
        // It may be user code, and the last reference.
        discard(self.0.take());
    }
}

impl<T: Send + Sync> InForce<T> {
    /// Creates it without a value; `seen` must be used by this one only.
    pub(crate) const fn new(seen: &'static LocalKey<Seen<T>>) -> Self {
        Self { version: AtomicU64::new(0), current: Mutex::new(None), seen }
    }

    /// Holds this lock across forks; the value in force stays so.
    pub(crate) fn keep_over_forks(&'static self) {
        fork::keep(&self.current, fork::unchanged);
    }

    /// Puts `next` in force. The previous value is dropped when every thread that has seen it has
    /// seen another one, or has ended.
    pub(crate) fn set(&self, next: Option<Arc<T>>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let is_some = u64::from(next.is_some());
        let before = std::mem::replace(&mut *current, next);
        // Under the lock, so no other thread changes it.
        let version = self.version.load(Ordering::Relaxed);
        self.version.store(((version | 1) + 1) | is_some, Ordering::Release);
        drop(current);
        discard(before);
    }

    /// Returns whether no value is in force.
    #[inline]
    pub(crate) fn is_nothing(&self) -> bool {
        self.version.load(Ordering::Relaxed) & 1 == 0
    }

    /// Calls `look` with the value in force.
    pub(crate) fn with<R>(&self, look: impl FnOnce(Option<&T>) -> R) -> R {
        let version = self.version.load(Ordering::Acquire);
        if version & 1 == 0 {
            return look(None);
        }
        // Taken out, because `look` may re-enter.
        let seen = self.seen.try_with(|seen| seen.0.take()).ok().flatten();
        let current = match seen {
            Some((of, current)) if of == version => current,
            stale => {
                discard(stale);
                self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
            }
        };
        let result = look(current.as_deref());
        let now = Some((version, current));
        // A thread that ends keeps nothing.
        if let Ok(Some(other)) = self.seen.try_with(|seen| seen.0.replace(now)) {
            discard(other);
        }
        result
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    thread_local! {
        static SEEN: Seen<u32> = const { Seen::nothing() };
    }
    static NUMBER: InForce<u32> = InForce::new(&SEEN);

    #[test]
    fn all_threads_see_what_was_set_last_and_let_go_of_the_rest() {
        let number = || NUMBER.with(|number| number.copied());
        assert_eq!(number(), None);
        let one = Arc::new(1);
        NUMBER.set(Some(one.clone()));
        let within = NUMBER.with(|outer| {
            NUMBER.set(Some(Arc::new(2)));
            (outer.copied(), number())
        });
        assert_eq!(within, (Some(1), Some(2)));
        assert_eq!(std::thread::spawn(number).join().unwrap(), Some(2));
        assert_eq!(number(), Some(2));
        assert_eq!(Arc::strong_count(&one), 1);
        NUMBER.set(None);
        assert_eq!(number(), None);
        NUMBER.set(Some(Arc::new(3)));
        assert_eq!(number(), Some(3));
    }
}
