//! Finds the captures that see the calling thread, by a function that captures install.

use super::store::Signals;
use crate::source::Stray;
use std::sync::{Arc, OnceLock};

/// Creates a stray from telemetry that was recorded on the thread of this name.
pub(crate) type AsStray<'a> = &'a dyn Fn(String) -> Stray;

/// Returns the metrics and logs of the captures that see what happens here.
pub(super) type Find = fn(AsStray<'_>) -> Vec<Arc<Signals>>;

static FIND: OnceLock<Find> = OnceLock::new();

/// Sets the function that finds captures; the first one stays.
pub(super) fn set(find: Find) {
    let _ = FIND.set(find);
}

/// Returns the metrics and logs of the captures that see what happens here: none before the first
/// capture. What no capture sees is noted as a stray.
pub(super) fn signals_here(as_stray: impl Fn(String) -> Stray) -> Vec<Arc<Signals>> {
    FIND.get().map_or_else(Vec::new, |find| find(&as_stray))
}
