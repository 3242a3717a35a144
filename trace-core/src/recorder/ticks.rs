//! Reads the clock of the process in ticks, and determines how long a tick is.
//!
//! A tick is one of the processor's counter where that runs at a constant rate, and a nanosecond of the
//! monotonic clock elsewhere. Nothing is calibrated at start-up: the rate is measured where it is needed, over
//! the time that has passed since the first reading. Everything that is converted lies within that time, so the
//! result is as exact as the two readings, however short the time is.

use crate::clock::Sample;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The first reading of the clocks, and which one counts ticks.
struct Start {
    reads_counter: bool,
    origin: Instant,
    sample: Sample,
}

/// The rate is measured again until this much time has passed since the first reading.
const LONG_ENOUGH: Duration = Duration::from_millis(10);
/// Before this much time has passed, a rate would be meaningless.
const AT_LEAST: Duration = Duration::from_micros(20);

/// Takes the first reading, if it was not taken before: the earlier, the more exact the first rates.
pub fn begin() {
    start();
}

fn start() -> &'static Start {
    static START: OnceLock<Start> = OnceLock::new();
    START.get_or_init(|| {
        let (reads_counter, origin) = (has_counter(), Instant::now());
        let sample = sample_with(origin, || read(reads_counter, origin));
        Start { reads_counter, origin, sample }
    })
}

/// Returns the current tick.
#[inline]
pub fn now() -> u64 {
    let start = start();
    read(start.reads_counter, start.origin)
}

/// Returns whether ticks are those of the processor's counter, which the record path then reads in line.
pub(super) fn are_counted() -> bool {
    start().reads_counter
}

#[inline]
fn read(reads_counter: bool, origin: Instant) -> u64 {
    match reads_counter {
        true => counter(),
        // No tick is zero.
        false => nanos_since(origin) as u64 + 1,
    }
}

/// Returns the nanoseconds of a tick. A running pipeline asks early: a counter may go on while the machine sleeps,
/// and the monotonic clock does not.
pub fn nanos_per_tick() -> f64 {
    /// The bits of the rate; zero until it is known well enough.
    static RATE: AtomicU64 = AtomicU64::new(0);
    match RATE.load(Ordering::Relaxed) {
        0 => {
            let (rate, measured_for) = measure();
            if measured_for >= LONG_ENOUGH {
                RATE.store(rate.to_bits(), Ordering::Relaxed);
            }
            rate
        }
        bits => f64::from_bits(bits),
    }
}

/// Converts a number of ticks to nanoseconds.
#[inline]
pub fn nanos(ticks: u64) -> u64 {
    (ticks as f64 * nanos_per_tick()) as u64
}

#[cold]
fn measure() -> (f64, Duration) {
    let start = start();
    if !start.reads_counter {
        return (1.0, Duration::MAX);
    }
    let mut first = start.sample;
    loop {
        let now = sample(start.origin);
        let passed = Duration::from_nanos(now.mono.saturating_sub(first.mono).unsigned_abs());
        match now.tick.checked_sub(first.tick) {
            Some(ticks @ 1..) if passed >= AT_LEAST => {
                return ((now.mono - first.mono) as f64 / ticks as f64, passed);
            }
            // The counter began anew when the machine woke up.
            None => first = now,
            _ => std::hint::spin_loop(),
        }
    }
}

/// Reads all clocks at the same time; of several readings, uses the one that took the least time.
pub fn sample(origin: Instant) -> Sample {
    sample_with(origin, now)
}

fn sample_with(origin: Instant, tick: impl Fn() -> u64) -> Sample {
    let read = || {
        let before = tick();
        let mono = nanos_since(origin);
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let took = tick().saturating_sub(before);
        let wall = i64::try_from(wall.as_nanos()).unwrap_or(i64::MAX);
        (took, Sample { tick: before + took / 2, mono, wall })
    };
    (0..4).map(|_| read()).min_by_key(|(took, _)| *took).expect("four readings").1
}

fn nanos_since(origin: Instant) -> i64 {
    i64::try_from(origin.elapsed().as_nanos()).unwrap_or(i64::MAX)
}

/// Returns the processor's counter.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn counter() -> u64 {
    // SAFETY: every x86-64 processor has the instruction.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// Returns whether the time-stamp counter runs at a constant rate.
#[cfg(target_arch = "x86_64")]
fn has_counter() -> bool {
    /// The leaf with the properties of power management, and the bit for the counter.
    const POWER: u32 = 0x8000_0007;
    const INVARIANT: u32 = 1 << 8;
    // SAFETY: every x86-64 processor has the instruction; it is asked first which leaves there are.
    #[allow(unused_unsafe, reason = "newer compilers consider it safe")]
    let leaf = |number| unsafe { core::arch::x86_64::__cpuid(number) };
    leaf(0x8000_0000).eax >= POWER && leaf(POWER).edx & INVARIANT != 0
}

/// Returns the processor's counter.
#[cfg(all(target_arch = "aarch64", not(target_os = "ios")))]
#[inline(always)]
pub(super) fn counter() -> u64 {
    let count: u64;
    // SAFETY: the register may be read by programs, and reading it changes nothing.
    unsafe {
        core::arch::asm!("mrs {}, cntvct_el0", out(reg) count, options(nomem, nostack, preserves_flags));
    }
    count
}

/// Returns whether there is a counter; it runs at a constant rate by definition.
#[cfg(all(target_arch = "aarch64", not(target_os = "ios")))]
fn has_counter() -> bool {
    true
}

#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", not(target_os = "ios")))))]
#[inline(always)]
pub(super) fn counter() -> u64 {
    now()
}

#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", not(target_os = "ios")))))]
fn has_counter() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_as_long_as_the_monotonic_clock_says() {
        begin();
        for pause in [1, 20] {
            let pause = Duration::from_millis(pause);
            // The ticks lie within one span of time, and around the other.
            let (outer, first, inner) = (Instant::now(), now(), Instant::now());
            while inner.elapsed() < pause {
                std::hint::spin_loop();
            }
            let (inner, last, outer) = (nanos_since(inner), now(), (outer, Instant::now()));
            let outer = (outer.1 - outer.0).as_nanos() as f64;
            let by_ticks = nanos(last - first) as f64;
            assert!(by_ticks >= inner as f64 * 0.95, "{by_ticks} ns, at least {inner}");
            assert!(by_ticks <= outer * 1.05, "{by_ticks} ns, at most {outer}");
        }
    }

    #[test]
    fn the_rate_is_settled_once_it_is_known_well() {
        begin();
        let waited = Instant::now();
        while waited.elapsed() < LONG_ENOUGH {
            std::hint::spin_loop();
        }
        assert_eq!(nanos_per_tick().to_bits(), nanos_per_tick().to_bits());
    }
}
