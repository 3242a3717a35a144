//! Forks: what a child process finds of the telemetry of its parent.
//!
//! In the child only the thread that forked goes on. So locks that protect statics are taken before the
//! fork, lest another thread is in the middle of them, and given back on both sides. What they protect is
//! the parent's: what was recorded and not yet read, what was measured and not yet told. The child throws
//! it away, and begins with telemetry off.
//!
//! It knows no static but the recorder's own: all others are named to it by [`keep`].

use super::thread::{
    self, DROPPED_AT_THREAD_EXIT, DROPPED_DETAILS, DROPPED_REENTRANT, DROPPED_WITHOUT_MEMORY,
    OVERFLOW, RINGS, local,
};
use crate::caught::caught;
use crate::clock::clock;
use crate::state;
use std::cell::RefCell;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError, RwLock, TryLockError};
use std::time::{Duration, Instant};

/// How many forks led to this process since it could be told of them.
static FORKS: AtomicU32 = AtomicU32::new(0);
/// When the last one was, as the clock reads.
static FORKED_AT: AtomicU64 = AtomicU64::new(0);
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

/// Whether what began at this tick began in a parent.
pub(super) fn is_before(tick: u64) -> bool {
    tick < FORKED_AT.load(Ordering::Relaxed)
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

/// Hears of forks from now on.
pub fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        keep_over_forks();
        // So that no child finds it half made.
        clock();
        #[cfg(unix)]
        // SAFETY: the functions are there as long as the program, and let no panic out.
        unsafe {
            libc::pthread_atfork(Some(prepare), Some(parent), Some(child));
        }
    });
}

/// Takes all locks; all of them or, after some time, none.
#[cfg(unix)]
extern "C" fn prepare() {
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

#[cfg(unix)]
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

#[cfg(unix)]
extern "C" fn parent() {
    let _ = caught(|| give_back(false));
    FORKING.fetch_sub(1, Ordering::Relaxed);
}

#[cfg(unix)]
extern "C" fn child() {
    let _ = caught(|| {
        FORKING.store(0, Ordering::Relaxed);
        FORKS.fetch_add(1, Ordering::Relaxed);
        FORKED_AT.store(clock().raw(), Ordering::Relaxed);
        state::turn_off();
        if !give_back(true) {
            IS_BROKEN.store(true, Ordering::Relaxed);
        }
        forked();
    });
}

/// Has forks wait until no other thread is in the middle of what rings, or lists, are in.
fn keep_over_forks() {
    #[cfg(not(all(loom, test)))]
    RINGS.keep_over_forks();
    OVERFLOW.keep_over_forks();
    super::sweep::keep_over_forks();
    #[cfg(feature = "metrics")]
    super::overload::keep_over_forks();
}

/// The calling thread is the only one of a child process: what it, and others, have recorded and nobody
/// has read is the parent's.
#[cfg(unix)]
fn forked() {
    for count in
        [&DROPPED_REENTRANT, &DROPPED_AT_THREAD_EXIT, &DROPPED_WITHOUT_MEMORY, &DROPPED_DETAILS]
    {
        count.store(0, Ordering::Relaxed);
    }
    // SAFETY: the thread's own state; what forks has borrowed none of it.
    unsafe { (*local()).has_forked() };
    if let Some(ring) = thread::leased_ring() {
        // SAFETY: there is no other thread that could read it.
        unsafe { ring.discard() };
        RINGS.show(ring);
    }
}
