//! Locks that are held over forks, so that a child process finds what they protect whole.
//!
//! In the child only the thread that forked goes on. So locks that protect statics are taken before the
//! fork, lest another thread is in the middle of them, and given back on both sides. What they protect is
//! the parent's: what was recorded and not yet read, what was measured and not yet told. The child throws
//! it away, and begins with telemetry off.
//!
//! It knows no static: all are named to it by [`keep`].

use crate::caught::caught;
use std::cell::RefCell;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, TryLockError};
use std::time::{Duration, Instant};

/// How many forks led to this process since it could be told of them.
static FORKS: AtomicU32 = AtomicU32::new(0);
/// A lock was not to be had before a fork that led to this process.
static IS_BROKEN: AtomicBool = AtomicBool::new(false);

/// Threads that want to fork.
static FORKING: AtomicU32 = AtomicU32::new(0);

/// So long a fork waits for the locks at most: a thread that forks may hold one of them itself.
const PATIENCE: Duration = Duration::from_secs(2);
/// So long for one of them, before all are given back: others may take them in another order.
const ROUND: Duration = Duration::from_millis(5);

/// Whether a thread waits for locks to fork.
#[inline]
pub fn is_wanted() -> bool {
    FORKING.load(Ordering::Relaxed) > 0
}

/// Has who takes locks for long, and again and again, wait for forks.
pub fn make_way() {
    let deadline = Instant::now() + PATIENCE;
    while is_wanted() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_micros(500));
    }
}

/// What gives a lock back, in the child (`true`) or in the parent.
type Release = Box<dyn FnOnce(bool)>;

/// A lock that is held over forks.
struct Kept {
    address: usize,
    /// Takes it, unless it cannot be had by then.
    take: Box<dyn Fn(Instant) -> Option<Release> + Send>,
}

static KEPT: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

thread_local! {
    /// What this thread holds while it forks.
    static HELD: RefCell<Vec<Release>> = const { RefCell::new(Vec::new()) };
}

/// How many forks led to this process: what was made under another number is a parent's.
#[inline]
pub fn count() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// Whether the statics of this process are whole: no lock of them is held by a thread that is not there.
pub fn is_whole() -> bool {
    !IS_BROKEN.load(Ordering::Relaxed)
}

/// A lock that can be held over forks.
pub trait Lock<T>: Sync {
    /// Tries to take it.
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

/// Holds a lock over all forks from now on; `in_child` is what becomes there of what it protects.
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

/// Nothing becomes of it.
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
        // Whoever holds it may need this processor.
        if tries < 20 {
            std::thread::yield_now();
        } else {
            std::thread::sleep(Duration::from_micros(50));
        }
    }
}

/// Takes all locks; all of them or, after some time, none.
pub(crate) fn prepare() {
    FORKING.fetch_add(1, Ordering::Relaxed);
    let _ = caught(|| {
        let deadline = Instant::now() + PATIENCE;
        let mut held = Vec::new();
        while held.is_empty() && Instant::now() < deadline {
            held = take_all().unwrap_or_default();
        }
        // A thread that ends has no place for them: then they are given back at once.
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

/// Gives the locks back in the parent.
pub(crate) fn resume_parent() {
    let _ = caught(|| give_back(false));
    FORKING.fetch_sub(1, Ordering::Relaxed);
}

/// Counts a fork, in the child.
pub(crate) fn begin_child() {
    FORKING.store(0, Ordering::Relaxed);
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// Gives the locks back in the child.
pub(crate) fn resume_child() {
    if !give_back(true) {
        IS_BROKEN.store(true, Ordering::Relaxed);
    }
}
