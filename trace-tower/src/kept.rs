//! A lock that is held across forks, so that a child process finds what it protects intact.

use crate::runtime::runtime::recorder::fork;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A lock of a static. It is registered when it is first used, because no pipeline needs to exist
/// before that.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    lock: RwLock<T>,
    is_registered: AtomicBool,
}

impl<T: Send + Sync + 'static> Kept<T> {
    pub(crate) const fn new(data: T) -> Self {
        Self { lock: RwLock::new(data), is_registered: AtomicBool::new(false) }
    }

    pub(crate) fn read(&'static self) -> RwLockReadGuard<'static, T> {
        self.register();
        self.lock.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&'static self) -> RwLockWriteGuard<'static, T> {
        self.register();
        self.lock.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Two threads may both register it, which counts once. A `Once` would itself be a lock that a child
    /// could find taken.
    fn register(&'static self) {
        if !self.is_registered.load(Ordering::Relaxed) {
            fork::keep(&self.lock, fork::unchanged);
            self.is_registered.store(true, Ordering::Relaxed);
        }
    }
}
