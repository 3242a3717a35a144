//! Merges measurements that find no room in a ring: in place, on the thread that measures, until
//! the collector takes them.
//!
//! Measurements that are alike share an entry, so memory is bounded whatever happens to the
//! collector: [`SHARDS`] tables of [`ENTRIES`] entries, and [`SPARE`] more for those that are
//! merged without their labels when all tables are full; some 2 KiB each, 10 MiB in all. A
//! measurement that still finds no entry is lost, and counted. No thread waits for another: a table
//! that is being changed is skipped in favour of the next one.

use super::alike::Key;
use super::measure::{MeasuredValue, Measurement};
use super::thread::local;
use crate::amount::{Amount, Arithmetic as _};
use crate::distribution::Distribution;
use crate::fork;
use crate::instruments::InstrumentKind;
use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::hash::BuildHasherDefault;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread::yield_now;
use std::time::Duration;

/// The number of tables; each thread prefers one.
const SHARDS: usize = 16;
/// The number of entries per table.
const ENTRIES: usize = 256;
/// The number of entries for what is merged without its labels.
const SPARE: usize = 64;
/// How often a thread tries to find a free table.
const ROUNDS: usize = 8;

/// Measurements that are alike.
pub struct Merged {
    /// One of them; for an overflow, without the labels in which they differ.
    pub like: Measurement,
    /// Whether they differ in their labels.
    pub overflow: bool,
    pub count: u64,
    /// For values: the sum, or the last one.
    pub amount: Amount,
    /// The time of the last one.
    pub tick: u64,
    /// Durations of calls, in seconds, or the values of a histogram.
    pub spread: Distribution,
}

impl Merged {
    fn new(like: Measurement, overflow: bool) -> Self {
        let spread = Distribution::EMPTY;
        Self { like, overflow, count: 0, amount: Amount::Absent, tick: 0, spread }
    }

    fn add(&mut self, measurement: &Measurement) {
        self.count += 1;
        match measurement {
            Measurement::Begun { .. } => {}
            Measurement::Call(call) => self.spread.add(call.duration.seconds()),
            Measurement::Value(MeasuredValue { instrument, amount, tick, .. }) => {
                match instrument.kind() {
                    InstrumentKind::Histogram => self.spread.add(amount.to_f64()),
                    InstrumentKind::Gauge if *tick < self.tick => {}
                    InstrumentKind::Gauge => (self.amount, self.tick) = (*amount, *tick),
                    InstrumentKind::Counter | InstrumentKind::UpDownCounter => {
                        self.amount = self.amount.plus(*amount);
                    }
                }
            }
        }
    }
}

type Table = HashMap<Key, Merged, BuildHasherDefault<DefaultHasher>>;

/// A table that shares no cache line with another.
#[repr(align(128))]
struct Shard(Mutex<Table>);

static TABLES: [Shard; SHARDS] =
    [const { Shard(Mutex::new(Table::with_hasher(BuildHasherDefault::new()))) }; SHARDS];
/// Whether there may be something in the tables.
static IS_USED: AtomicBool = AtomicBool::new(false);
/// Measurements for which no table had room.
static LOST: AtomicU64 = AtomicU64::new(0);
/// Values that their instrument does not accept.
static REFUSED: AtomicU64 = AtomicU64::new(0);

impl Shard {
    fn try_lock(&self) -> Option<MutexGuard<'_, Table>> {
        match self.0.try_lock() {
            Ok(table) => Some(table),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Locks the table for a collector that can wait: another thread that holds the table releases
    /// it as soon as it gets a processor.
    fn lock(&self) -> Option<MutexGuard<'_, Table>> {
        (0..100).find_map(|round| {
            let table = self.try_lock();
            match (&table, round) {
                (Some(_), _) => {}
                (None, ..20) => yield_now(),
                (None, _) => std::thread::sleep(Duration::from_micros(50)),
            }
            table
        })
    }
}

/// Merges a measurement with those that are like it.
#[cold]
pub(super) fn merge(measurement: &Measurement) {
    if let Measurement::Value(MeasuredValue { instrument, amount, .. }) = measurement
        && !instrument.kind().takes(*amount)
    {
        REFUSED.fetch_add(1, Ordering::Relaxed);
    } else if !put(measurement) {
        LOST.fetch_add(1, Ordering::Relaxed);
    }
    IS_USED.store(true, Ordering::Release);
}

fn put(measurement: &Measurement) -> bool {
    let favourite = (local().addr() >> 6).wrapping_mul(0x9e37_79b9) >> 16;
    for _ in 0..ROUNDS {
        let mut has_passed = false;
        for overflow in [false, true] {
            let like = if overflow { measurement.without_labels() } else { *measurement };
            let key = if overflow { like.key().overflowed() } else { like.key() };
            let most = ENTRIES + if overflow { SPARE } else { 0 };
            for shard in 0..SHARDS {
                let Some(mut table) = TABLES[(favourite + shard) % SHARDS].try_lock() else {
                    has_passed = true;
                    continue;
                };
                let has_room = table.len() < most;
                match table.entry(key) {
                    Entry::Occupied(entry) => entry.into_mut().add(measurement),
                    Entry::Vacant(entry) if has_room => {
                        entry.insert(Merged::new(like, overflow)).add(measurement);
                    }
                    Entry::Vacant(_) => continue,
                }
                return true;
            }
        }
        if !has_passed {
            break;
        }
        yield_now();
    }
    false
}

/// Makes forks wait until no other thread is in a table; their contents belong to the parent.
pub(super) fn keep_over_forks() {
    for shard in &TABLES {
        fork::keep(&shard.0, |table| {
            std::mem::forget(std::mem::take(table));
            LOST.store(0, Ordering::Relaxed);
            REFUSED.store(0, Ordering::Relaxed);
        });
    }
}

/// Measurements that were not merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unmerged {
    /// Those for which there was no room.
    pub lost: u64,
    /// Values that their instrument does not accept.
    pub refused: u64,
}

/// Takes everything that was merged.
pub fn take(mut each: impl FnMut(Merged)) -> Unmerged {
    if !IS_USED.load(Ordering::Relaxed) || !IS_USED.swap(false, Ordering::Acquire) {
        return Unmerged::default();
    }
    for shard in &TABLES {
        match shard.lock() {
            Some(mut table) => {
                let merged = std::mem::take(&mut *table);
                // Released first, so that no thread has to skip the table meanwhile.
                drop(table);
                merged.into_values().for_each(&mut each);
            }
            None => IS_USED.store(true, Ordering::Relaxed),
        }
    }
    let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
    Unmerged { lost: take(&LOST), refused: take(&REFUSED) }
}
