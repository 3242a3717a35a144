//! Holds locks across forks, so that a child process finds the protected data intact.
//!
//! In the child only the thread that forked continues. Therefore locks that protect statics are
//! acquired before the fork, so that no other thread is inside them, and released on both sides.
//! Their data belong to the parent: whatever was recorded and not yet read, or measured and not yet
//! exported. The child discards them, and starts with telemetry off.
//!
//! This file names no statics: all are registered by [`keep`].

use crate::caught::caught;
use std::cell::RefCell;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, TryLockError};
use std::time::{Duration, Instant};

/// The number of forks that led to this process since they could be observed.
static FORKS: AtomicU32 = AtomicU32::new(0);
/// Whether a lock could not be acquired before a fork that led to this process.
static IS_BROKEN: AtomicBool = AtomicBool::new(false);

/// The number of threads that want to fork.
static FORKING: AtomicU32 = AtomicU32::new(0);

/// The maximum time for which a fork waits for the locks; the thread that forks may itself hold one
/// of them.
const PATIENCE: Duration = Duration::from_secs(2);
/// The maximum wait for one of them, before all are released: other threads may acquire them in
/// another order.
const ROUND: Duration = Duration::from_millis(5);

/// Returns whether a thread is waiting for locks to fork.
#[inline]
pub fn is_wanted() -> bool {
    FORKING.load(Ordering::Relaxed) > 0
}

/// Makes threads that hold locks for long, and repeatedly, wait for forks.
pub fn yield_to_forks() {
    let deadline = Instant::now() + PATIENCE;
    while is_wanted() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_micros(500));
    }
}

/// Releases a lock, in the child (`true`) or in the parent.
type Release = Box<dyn FnOnce(bool)>;

/// A lock that is held across forks.
struct Kept {
    address: usize,
    /// Acquires it, unless that is impossible by the deadline.
    take: Box<dyn Fn(Instant) -> Option<Release> + Send>,
}

static KEPT: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

thread_local! {
    /// The locks that this thread holds while it forks.
    static HELD: RefCell<Vec<Release>> = const { RefCell::new(Vec::new()) };
}

/// Returns the number of forks that led to this process: objects created under another number
/// belong to a parent.
#[inline]
pub fn count() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// Returns whether the statics of this process are intact: none of their locks is held by a thread
/// that no longer exists.
pub fn is_whole() -> bool {
    !IS_BROKEN.load(Ordering::Relaxed)
}

/// A lock that can be held across forks.
pub trait Lock<T>: Sync {
    /// Tries to acquire it.
    fn try_take(&'static self) -> Option<impl std::ops::DerefMut<Target = T> + 'static>;
}

impl<T: Send> Lock<T> for Mutex<T> {
    fn try_take(&'static self) -> Option<impl std::ops::DerefMut<Target = T> + 'static> {
        match self.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

impl<T: Send + Sync> Lock<T> for RwLock<T> {
    fn try_take(&'static self) -> Option<impl std::ops::DerefMut<Target = T> + 'static> {
        match self.try_write() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// Holds a lock across all forks from now on; `in_child` updates the protected data in the child.
pub fn keep<T: 'static, L: Lock<T>>(lock: &'static L, in_child: fn(&mut T)) {
    let address = std::ptr::from_ref(lock) as *const () as usize;
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.iter().any(|kept| kept.address == address) {
        return;
    }
    let take = move |deadline| {
        let mut guard = in_time(deadline, || lock.try_take())?;
        let release = move |is_child| {
            if is_child {
                in_child(&mut guard);
            }
        };
        Some(Box::new(release) as Release)
    };
    kept.push(Kept { address, take: Box::new(take) });
}

/// Leaves the data unchanged.
pub fn unchanged<T>(_: &mut T) {}

fn in_time<G>(deadline: Instant, try_take: impl Fn() -> Option<G>) -> Option<G> {
    let mut tries = 0;
    loop {
        if let Some(guard) = try_take() {
            return Some(guard);
        }
        if Instant::now() >= deadline {
            return None;
        }
        tries += 1;
        // The thread that holds it may need this processor.
        if tries < 20 {
            std::thread::yield_now();
        } else {
            std::thread::sleep(Duration::from_micros(50));
        }
    }
}

/// Acquires all locks: either all of them or, after some time, none.
pub(crate) fn prepare() {
    FORKING.fetch_add(1, Ordering::Relaxed);
    let _ = caught(|| {
        let deadline = Instant::now() + PATIENCE;
        let mut held = Vec::new();
        while held.is_empty() && Instant::now() < deadline {
            held = take_all().unwrap_or_default();
        }
        // A thread that ends has no place for them: then they are released at once.
        let _ = HELD.try_with(|place| *place.borrow_mut() = held);
    });
}

fn take_all() -> Option<Vec<Release>> {
    let kept = in_time(Instant::now() + ROUND, || KEPT.try_take())?;
    let mut held: Vec<Release> = Vec::with_capacity(kept.len() + 1);
    for kept in kept.iter() {
        held.push((kept.take)(Instant::now() + ROUND)?);
    }
    held.push(Box::new(move |_| drop(kept)));
    Some(held)
}

fn give_back(is_child: bool) -> bool {
    let held = HELD.try_with(|held| mem::take(&mut *held.borrow_mut())).unwrap_or_default();
    let was_held = !held.is_empty();
    held.into_iter().for_each(|release| release(is_child));
    was_held
}

/// Releases the locks in the parent.
pub(crate) fn resume_parent() {
    let _ = caught(|| give_back(false));
    FORKING.fetch_sub(1, Ordering::Relaxed);
}

/// Counts a fork, in the child.
pub(crate) fn begin_child() {
    FORKING.store(0, Ordering::Relaxed);
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// Releases the locks in the child.
pub(crate) fn resume_child() {
    if !give_back(true) {
        IS_BROKEN.store(true, Ordering::Relaxed);
    }
}
