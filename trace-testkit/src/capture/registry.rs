//! Holds the captures that are alive, by the numbers that the runtime gives them.

use super::state::CaptureState;
use crate::runtime::{self, CaptureMode, Context, Registered};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, Weak};

/// A registered capture, shared by its [`Capture`](super::Capture) and all handles; forgotten when
/// the last of them is dropped.
pub(super) struct SharedCapture {
    registered: Registered,
    state: Arc<CaptureState>,
}

impl SharedCapture {
    pub(super) fn new(state: Arc<CaptureState>) -> Arc<Self> {
        let mode = CaptureMode {
            deterministic: !state.is_live(),
            judged: state.is_judged(),
            level: state.level(),
        };
        let registered = runtime::register(state.clone(), mode);
        let number = registered.number();
        state.set_number(number);
        let shared = Arc::new(Self { registered, state });
        let entry = Registration { state: shared.state.clone(), shared: Arc::downgrade(&shared) };
        CAPTURES.write().unwrap_or_else(PoisonError::into_inner).insert(number, entry);
        shared
    }

    pub(super) fn state(&self) -> &Arc<CaptureState> {
        &self.state
    }

    pub(super) fn number(&self) -> u32 {
        self.registered.number()
    }

    /// Returns the context of the test outside all spans.
    pub(super) fn ground(&self) -> Context {
        self.registered.ground()
    }
}

impl Drop for SharedCapture {
    fn drop(&mut self) {
        let mut captures = CAPTURES.write().unwrap_or_else(PoisonError::into_inner);
        let gone = captures.remove(&self.number());
        drop(captures);
        if let Some(gone) = gone {
            gone.state.announce();
        }
    }
}

/// A capture that is alive.
struct Registration {
    state: Arc<CaptureState>,
    shared: Weak<SharedCapture>,
}

static CAPTURES: RwLock<BTreeMap<u32, Registration>> = RwLock::new(BTreeMap::new());

/// The captures that are alive; none is added or removed until this is dropped.
pub(super) struct Captures(RwLockReadGuard<'static, BTreeMap<u32, Registration>>);

impl Captures {
    pub(super) fn lock() -> Self {
        Self(CAPTURES.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn get(&self, number: u32) -> Option<&Arc<CaptureState>> {
        self.0.get(&number).map(|entry| &entry.state)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<CaptureState>> {
        self.0.values().map(|entry| &entry.state)
    }
}

/// Returns the capture of this number, if it is alive.
pub(super) fn find(number: u32) -> Option<Arc<SharedCapture>> {
    Captures::lock().0.get(&number)?.shared.upgrade()
}

/// Returns the state of the capture of this number, if it is alive.
pub(super) fn state_of(number: u32) -> Option<Arc<CaptureState>> {
    Captures::lock().get(number).cloned()
}

/// Returns the states of all captures that are alive.
pub(super) fn all() -> Vec<Arc<CaptureState>> {
    Captures::lock().iter().cloned().collect()
}
