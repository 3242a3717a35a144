//! Measures operations of libraries, such as requests, which may begin on one thread and end on
//! another: their values belong to the capture in which they began.

use super::fork;
use super::measure::{self, MeasuredValue, Measurement, Ticks};
use super::metered::metering;
use super::thread::{local, ready_local};
use crate::amount::Amount;
use crate::captures;
use crate::context::bits;
use crate::instruments::{AttributeSet, BaggageLabels, Instrument};
use crate::state;

/// The beginning of an operation that is measured.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    start: u64,
    capture: u32,
}

impl Stopwatch {
    /// Begins an operation; `None`: nothing is measured here. The caller has already checked whether
    /// anything is measured at all.
    #[inline]
    pub fn start() -> Option<Self> {
        match ready_local() {
            // SAFETY: the calling thread's own state.
            Some(local) => Some(Self { start: unsafe { (*local).fast_tick() }, capture: 0 }),
            None => Self::start_long(),
        }
    }

    #[cold]
    fn start_long() -> Option<Self> {
        // SAFETY: the calling thread's own state; no user code runs here.
        let (capture, tick) = unsafe {
            let local = &mut *local();
            if !metering() || local.current.bits & bits::SUPPRESSED != 0 {
                return None;
            }
            local.make_ready();
            (local.current.capture, local.tick())
        };
        if state::load() & state::ASLEEP != 0 {
            state::wake_collector();
        }
        Some(Self { start: captures::tick_in(capture).unwrap_or(tick), capture })
    }

    /// Returns the time since the beginning, in seconds.
    #[inline]
    pub fn seconds(&self) -> f64 {
        // SAFETY: the calling thread's own state.
        let now = || unsafe { (*local()).tick() };
        let tick = match self.capture {
            0 => now(),
            capture => captures::tick_in(capture).unwrap_or_else(now),
        };
        Ticks::between(self.start, tick).seconds()
    }

    /// Records a value of the operation, by an instrument of a library that is not a gauge.
    // HOT: once for each metric of a request.
    #[inline]
    pub fn record(&self, instrument: &'static Instrument, of: AttributeSet, amount: Amount) {
        let Some((kind, bits)) = measure::bits_of(amount) else { return };
        let is_put = self.capture == 0
            && !fork::is_before(self.start)
            && measure::put_fast(instrument, kind, 3, [bits, of.as_labels().low]);
        if !is_put {
            self.record_long(instrument, of, amount);
        }
    }

    #[cold]
    fn record_long(&self, instrument: &'static Instrument, of: AttributeSet, amount: Amount) {
        if captures::virtual_nanos(self.start).is_none() && fork::is_before(self.start) {
            return; // It belongs to the parent.
        }
        let value = MeasuredValue {
            instrument,
            labels: of.as_labels(),
            amount,
            capture: self.capture & captures::NUMBER,
            tick: 0,
            baggage: BaggageLabels::NONE,
        };
        Measurement::Value(value).put();
    }
}
