//! Times of the collector: a map from ticks to wall-clock times, which follows the clocks of the system.

use std::collections::VecDeque;
use std::time::Duration;

/// A simultaneous reading of all clocks.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub(crate) tick: u64,
    /// Nanoseconds of the monotonic clock, from an arbitrary origin.
    pub(crate) mono: i64,
    /// Nanoseconds since the Unix epoch.
    pub(crate) wall: i64,
}

/// A segment of the map from ticks to monotonic nanoseconds.
#[derive(Clone, Copy, Debug)]
struct Segment {
    tick: u64,
    mono: i64,
    nanos_per_tick: f64,
}

/// A map from ticks to times. The map from ticks to monotonic time is continuous, so that spans
/// keep their order and their durations; a step of the wall clock moves only spans that start
/// later.
#[derive(Debug)]
pub struct Timebase {
    first: Sample,
    /// The tick of the last sample of the clocks.
    latest: u64,
    segments: VecDeque<Segment>,
    /// Wall minus monotonic time.
    offset: i64,
}

/// The longest interval at which the collector samples the clocks.
const SAMPLE_INTERVAL: Duration = Duration::from_secs(1);
/// A monotonic clock further off than this was stopped or moved (a suspended machine): jump.
const JUMP: i64 = 50_000_000;
/// A wall clock further off than this was set: follow.
const STEP: i64 = 1_000_000;
/// The tick rate is corrected so that an error would be gone in this time.
const SLEW_NANOS: f64 = 10e9;
/// Segments kept for spans that started long ago.
const SEGMENTS: usize = 64;

impl Timebase {
    /// Creates a map that begins at the first sample.
    pub fn new(first: Sample, nanos_per_tick: f64) -> Self {
        let segment = Segment { tick: first.tick, mono: first.mono, nanos_per_tick };
        Self {
            first,
            latest: first.tick,
            segments: VecDeque::from([segment]),
            offset: first.wall - first.mono,
        }
    }

    /// Returns whether it is time for another sample, this long after the first one and after the last one.
    /// Early samples are closer to each other, because the first rate was measured within a moment.
    #[inline]
    pub fn is_due(since_first: Duration, since_last: Duration) -> bool {
        since_last > SAMPLE_INTERVAL.min(since_first / 3)
    }

    /// Returns the full tick whose low 56 bits are known: the one nearest to the last sample of the
    /// clocks.
    #[inline]
    pub fn complete(&self, tick: u64) -> u64 {
        let ahead = (tick.wrapping_sub(self.latest) << 8) as i64 >> 8;
        self.latest.wrapping_add_signed(ahead)
    }

    /// Returns the monotonic nanoseconds of a tick.
    #[inline]
    pub fn mono(&self, tick: u64) -> i64 {
        let segment = self
            .segments
            .iter()
            .rev()
            .find(|segment| segment.tick <= tick)
            .unwrap_or(&self.segments[0]);
        let ticks = tick.wrapping_sub(segment.tick) as i64;
        segment.mono + (ticks as f64 * segment.nanos_per_tick) as i64
    }

    /// Returns nanoseconds since the Unix epoch for a monotonic time, by the present wall clock.
    #[inline]
    pub fn wall(&self, mono: i64) -> u64 {
        u64::try_from(mono + self.offset).unwrap_or(0)
    }

    /// Adjusts the map to a new sample of the clocks.
    pub fn adjust(&mut self, now: Sample) {
        if now.tick < self.latest {
            // The counter began anew when the machine woke up: the times of what began before are unknown.
            let rate = self.segments.back().map_or(1.0, |last| last.nanos_per_tick);
            *self = Self::new(now, rate);
            return;
        }
        let ticks = now.tick.saturating_sub(self.first.tick);
        if ticks == 0 {
            return;
        }
        self.latest = now.tick;
        let predicted = self.mono(now.tick);
        let error = now.mono - predicted;
        let measured = (now.mono - self.first.mono) as f64 / ticks as f64;
        let segment = if error.abs() > JUMP {
            self.first = now;
            let rate = self.segments.back().map_or(measured, |last| last.nanos_per_tick);
            Segment { tick: now.tick, mono: now.mono, nanos_per_tick: rate }
        } else {
            let slew = 1.0 + error as f64 / SLEW_NANOS;
            Segment { tick: now.tick, mono: predicted, nanos_per_tick: measured * slew }
        };
        self.segments.push_back(segment);
        if self.segments.len() > SEGMENTS {
            self.segments.pop_front();
        }
        let offset = now.wall - now.mono;
        if (offset - self.offset).abs() > STEP {
            self.offset = offset;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;
    const WALL: i64 = 1_700_000_000 * SECOND;

    /// Returns a sample of an ideal machine with three ticks per nanosecond.
    fn at(seconds: f64) -> Sample {
        let mono = (seconds * SECOND as f64) as i64;
        Sample { tick: 1_000 + 3 * mono as u64, mono, wall: WALL + mono }
    }

    #[test]
    fn a_wrong_rate_is_corrected_without_a_jump() {
        let mut base = Timebase::new(at(0.0), 1.001 / 3.0);
        let mut worst = 0;
        for second in 1..=60 {
            base.adjust(at(f64::from(second)));
            let last = base.mono(at(f64::from(second)).tick);
            let next = base.mono(at(f64::from(second)).tick + 3);
            assert!((0..=2).contains(&(next - last)), "continuous at {second}");
            if second > 50 {
                worst = worst.max((last - i64::from(second) * SECOND).abs());
            }
        }
        assert!(worst < 20_000, "{worst} ns off");
    }

    #[test]
    fn a_wall_clock_step_moves_later_spans_only() {
        let mut base = Timebase::new(at(0.0), 1.0 / 3.0);
        let before = base.wall(base.mono(at(0.5).tick));
        assert_eq!(before, (WALL + SECOND / 2) as u64);
        let mut stepped = at(1.0);
        stepped.wall += 3_600 * SECOND;
        base.adjust(stepped);
        let after = base.wall(base.mono(at(1.5).tick));
        assert_eq!(after as i64, WALL + 3_600 * SECOND + 3 * SECOND / 2);
        // A duration across the step is the one by the monotonic clock.
        assert_eq!(base.mono(at(1.5).tick) - base.mono(at(0.5).tick), SECOND);
    }

    #[test]
    fn a_tick_without_its_top_byte_is_the_nearest_one() {
        let low = |tick: u64| tick & u64::MAX >> 8;
        for latest in [5, 1 << 40, (7 << 56) - 3, 7 << 56, u64::MAX >> 1] {
            let base = Timebase::new(Sample { tick: latest, ..at(0.0) }, 1.0);
            for tick in [latest.saturating_sub(1 << 50), latest - 5, latest, latest + (1 << 50)] {
                assert_eq!(base.complete(low(tick)), tick);
            }
        }
    }

    #[test]
    fn a_suspended_machine_jumps() {
        let mut base = Timebase::new(at(0.0), 1.0 / 3.0);
        base.adjust(at(1.0));
        let mut woken = at(2.0);
        woken.mono += 100 * SECOND;
        woken.wall += 100 * SECOND;
        base.adjust(woken);
        assert_eq!(base.mono(woken.tick), woken.mono);
    }

    #[test]
    fn a_counter_that_begins_anew_is_followed() {
        let mut base = Timebase::new(at(0.0), 1.0 / 3.0);
        base.adjust(at(1.0));
        let woken = Sample { tick: 7, ..at(100.0) };
        base.adjust(woken);
        base.adjust(Sample { tick: 7 + 3 * SECOND as u64, ..at(101.0) });
        assert_eq!(base.mono(base.complete(7)), woken.mono);
        assert_eq!(base.mono(7 + 6 * SECOND as u64), at(102.0).mono);
        let wall = base.wall(woken.mono);
        assert_eq!(wall as i64, WALL + 100 * SECOND);
    }
}
