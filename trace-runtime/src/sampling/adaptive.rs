//! Keeps about a number of spans per second, by keeping a smaller share of the traces that are frequent.

use super::composable::{Composable, ForChildren, SamplingIntent};
use super::error::SamplingError;
use super::parent_threshold::intent_of_parent;
use super::threshold::Randomness;
use super::trace_state::OtState;
use super::{SamplingInput, Threshold};
use crate::sampler::{address_of_site, spans_before};
use crate::site::SiteInfo;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The number of names whose rates are estimated; the others share one estimate.
const MOST_NAMES: usize = 512;
/// The time constants of the two estimates of a rate, in seconds. The higher of both counts: an increase
/// lowers the share within a second, and a decrease raises it within half a minute.
const QUICK: f64 = 1.0;
const SLOW: f64 = 30.0;
/// The time after which a name has a trace kept whatever its share is.
const FLOOR: Duration = Duration::from_secs(60);
/// The time between two divisions of the target.
const DIVIDED_EVERY: Duration = Duration::from_millis(250);
/// The part of the counts of spans and traces that remains at each division: half of it after a quarter
/// of a minute.
const REMEMBERED: f64 = 0.99;
/// A name that was not seen for this time, in seconds, may lose its place.
const FORGOTTEN_AFTER: f64 = 300.0;

/// Keeps about a target of spans per second in this process.
///
/// The target is divided among the names of the spans with which traces begin: names that need less than
/// an equal part are kept whole, and the others share the rest. Names are kept by probability, with a
/// threshold in `tracestate`, so that spans can be counted. In addition, one trace of each name per
/// minute is kept; that one has no threshold.
///
/// It decides about spans without a parent in this process; all others follow their parent. The spans of
/// a trace are counted on the threads that begin traces, and the number of spans of a trace is their mean
/// over all names. Each decision updates the estimates; there is no separate thread.
///
/// ```
/// use trace_runtime::sampling::{Adaptive, Composite, ParentThreshold};
///
/// let sampler = Composite::new(ParentThreshold::new(Adaptive::new(1_000.0)?));
/// # let _ = sampler;
/// # Ok::<(), trace_runtime::sampling::SamplingError>(())
/// ```
#[derive(Debug)]
pub struct Adaptive {
    target: f64,
    state: Mutex<State>,
    /// The share of all traces together that fits the target, as the bits of a float: for decisions
    /// that find the state locked.
    overall: AtomicU64,
    /// The number of such decisions since the last one that did not.
    uncounted: AtomicU64,
}

impl Adaptive {
    /// Creates a sampler that keeps about this number of spans per second.
    ///
    /// # Errors
    /// If `spans_per_second` is not above 0, or not finite.
    pub fn new(spans_per_second: f64) -> Result<Self, SamplingError> {
        Ok(Self {
            target: SamplingError::check_rate("spans per second", spans_per_second)?,
            state: Mutex::default(),
            overall: AtomicU64::new(1.0_f64.to_bits()),
            uncounted: AtomicU64::new(0),
        })
    }
}

#[derive(Debug, Default)]
struct State {
    names: HashMap<u64, Name>,
    /// The names without a place.
    others: Name,
    divided_at: Option<Duration>,
    /// The traces per second that a name may keep.
    part: f64,
    /// The share of all traces together.
    overall: f64,
    /// Decayed counts of the traces that were kept, and of their spans.
    kept: f64,
    spans: f64,
}

/// What is known of the traces that begin with spans of one name.
#[derive(Debug, Default)]
struct Name {
    quick: Estimate,
    slow: Estimate,
    /// When a trace was last kept.
    kept_at: Option<Duration>,
}

/// An exponentially decayed count.
#[derive(Clone, Copy, Debug, Default)]
struct Estimate {
    count: f64,
    at: Duration,
}

impl Estimate {
    fn at(self, now: Duration, constant: f64) -> f64 {
        self.count * (-now.saturating_sub(self.at).as_secs_f64() / constant).exp()
    }

    fn add(&mut self, now: Duration, constant: f64, traces: f64) {
        *self = Self { count: self.at(now, constant) + traces, at: now.max(self.at) };
    }
}

impl Name {
    /// Returns the traces per second.
    fn rate(&self, now: Duration) -> f64 {
        (self.quick.at(now, QUICK) / QUICK).max(self.slow.at(now, SLOW) / SLOW)
    }

    fn is_forgotten(&self, now: Duration) -> bool {
        now.saturating_sub(self.slow.at).as_secs_f64() > FORGOTTEN_AFTER
    }
}

/// The answer about a trace.
enum Answer {
    ByShare(Option<Threshold>),
    /// It is the first of its name within a minute.
    Floor,
}

/// A trace that begins.
struct Trace {
    /// What its name is known by.
    key: u64,
    now: Duration,
    randomness: Randomness,
    /// The number of traces for which it counts.
    weight: f64,
    /// The number of spans that have begun since the trace before.
    spans: f64,
}

impl State {
    /// Counts a trace, and returns what becomes of it.
    fn decide(&mut self, target: f64, trace: &Trace) -> Answer {
        let Trace { key, now, randomness, weight, spans } = *trace;
        self.spans += spans;
        let name = self.name(key);
        name.quick.add(now, QUICK, weight);
        name.slow.add(now, SLOW, weight);
        let rate = name.rate(now);
        self.divide(target, now);
        let share = if rate > self.part { self.part / rate } else { 1.0 };
        let threshold = Threshold::of_probability(share);
        let is_kept = threshold.is_some_and(|threshold| threshold.keeps(randomness));
        let name = self.name(key);
        let is_due = name.kept_at.is_none_or(|at| now.saturating_sub(at) >= FLOOR);
        if is_kept || is_due {
            name.kept_at = Some(now);
            self.kept += 1.0;
        }
        if is_due && !is_kept { Answer::Floor } else { Answer::ByShare(threshold) }
    }

    /// Returns what is known of a name, or of those without a place.
    fn name(&mut self, key: u64) -> &mut Name {
        match self.names.len() < MOST_NAMES || self.names.contains_key(&key) {
            true => self.names.entry(key).or_default(),
            false => &mut self.others,
        }
    }

    /// Divides the target among the names: those that need less than an equal part leave the rest to
    /// the others.
    fn divide(&mut self, target: f64, now: Duration) {
        if self.divided_at.is_some_and(|at| now.saturating_sub(at) < DIVIDED_EVERY) {
            return;
        }
        self.divided_at = Some(now);
        self.names.retain(|_, name| !name.is_forgotten(now));
        let per_trace = 1.0 + self.spans / self.kept.max(1.0);
        (self.spans, self.kept) = (self.spans * REMEMBERED, self.kept * REMEMBERED);
        let names = self.names.values().chain([&self.others]);
        let mut rates: Vec<f64> =
            names.map(|name| name.rate(now)).filter(|rate| *rate > 0.0).collect();
        rates.sort_by(f64::total_cmp);
        let mut left = target / per_trace;
        self.overall = (left / rates.iter().sum::<f64>()).min(1.0);
        self.part = f64::INFINITY;
        for (index, rate) in rates.iter().enumerate() {
            let equal = left / (rates.len() - index) as f64;
            if *rate > equal {
                self.part = equal;
                break;
            }
            left -= rate;
        }
    }
}

impl Composable for Adaptive {
    fn intent(&self, input: &SamplingInput<'_>) -> SamplingIntent {
        if input.parent().is_some_and(|parent| parent.is_valid() && !parent.is_remote()) {
            return intent_of_parent(input).unwrap_or(SamplingIntent::DROP);
        }
        let trace_state = OtState::read(input.parent().map_or("", |parent| parent.trace_state()));
        let randomness = trace_state.randomness.unwrap_or_else(|| Randomness::of(input.trace_id()));
        // A fork may have left it locked for good, and a thread that waited would block the program.
        let Ok(mut state) = self.state.try_lock() else {
            self.uncounted.fetch_add(1, Ordering::Relaxed);
            let overall = f64::from_bits(self.overall.load(Ordering::Relaxed));
            return SamplingIntent::new(Threshold::of_probability(overall));
        };
        let trace = Trace {
            key: key_of(input),
            now: input.time(),
            randomness,
            weight: 1.0 + self.uncounted.swap(0, Ordering::Relaxed) as f64,
            spans: spans_before(input) as f64,
        };
        let answer = state.decide(self.target, &trace);
        self.overall.store(state.overall.to_bits(), Ordering::Relaxed);
        match answer {
            Answer::ByShare(threshold) => SamplingIntent::new(threshold),
            Answer::Floor => SamplingIntent::new(Some(Threshold::ALWAYS)).unreliable(),
        }
    }

    fn for_children(&self, _: Option<&SiteInfo>) -> ForChildren {
        ForChildren::AsParent
    }

    fn describe(&self) -> String {
        format!("Adaptive{{{}}}", self.target)
    }
}

/// Returns a number for the name of a span, or for its site if it has no other.
fn key_of(input: &SamplingInput<'_>) -> u64 {
    match input.has_own_name() {
        true => BuildHasherDefault::<DefaultHasher>::default().hash_one(input.name()),
        false => address_of_site(input) as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::testing::root;

    /// A process whose traces begin at even intervals.
    struct Load {
        sampler: State,
        target: f64,
        now: Duration,
        /// A fixed sequence of scattered numbers (Weyl).
        random: u64,
        spans_per_trace: f64,
        last_kept: bool,
    }

    impl Load {
        fn new(target: f64, spans_per_trace: f64) -> Self {
            let (sampler, now) = (State::default(), Duration::from_secs(1));
            Self { sampler, target, now, random: 0, spans_per_trace, last_kept: false }
        }

        /// Begins traces of these names, each at its rate per second; returns how many were kept of each.
        fn run(&mut self, seconds: u64, rates: &[u64]) -> Vec<f64> {
            let mut kept = vec![0.0; rates.len()];
            for milli in 0..seconds * 1_000 {
                self.now += Duration::from_millis(1);
                for (key, rate) in rates.iter().enumerate() {
                    let begun = (milli + 1) * rate / 1_000 - milli * rate / 1_000;
                    for _ in 0..begun {
                        kept[key] += f64::from(u8::from(self.begins(key as u64)));
                    }
                }
            }
            kept.iter().map(|kept| kept / seconds as f64).collect()
        }

        fn begins(&mut self, key: u64) -> bool {
            self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let spans = if self.last_kept { self.spans_per_trace - 1.0 } else { 0.0 };
            let randomness = Randomness::parse(&format!("{:014x}", self.random >> 8)).unwrap();
            let trace = Trace { key, now: self.now, randomness, weight: 1.0, spans };
            self.last_kept = match self.sampler.decide(self.target, &trace) {
                Answer::Floor => true,
                Answer::ByShare(threshold) => threshold.is_some_and(|it| it.keeps(randomness)),
            };
            self.last_kept
        }
    }

    fn assert_near(actual: f64, expected: f64) {
        assert!((actual / expected - 1.0).abs() < 0.1, "{actual} is not about {expected}");
    }

    #[test]
    fn the_target_is_kept_in_spans() {
        for (spans_per_trace, rate) in [(1.0, 2_000), (10.0, 2_000), (5.0, 100)] {
            let mut load = Load::new(100.0, spans_per_trace);
            load.run(60, &[rate]);
            assert_near(load.run(60, &[rate])[0] * spans_per_trace, 100.0);
        }
    }

    #[test]
    fn rare_names_are_kept_whole_and_frequent_ones_share_the_rest() {
        let mut load = Load::new(100.0, 1.0);
        load.run(60, &[1, 500, 2_000]);
        let kept = load.run(60, &[1, 500, 2_000]);
        assert_near(kept[0], 1.0);
        assert_near(kept[1], 49.5);
        assert_near(kept[2], 49.5);
        // Everything fits.
        let mut load = Load::new(100.0, 1.0);
        assert_eq!(load.run(10, &[10, 20]), [10.0, 20.0]);
    }

    #[test]
    fn the_share_goes_down_quickly_and_up_slowly() {
        let mut load = Load::new(100.0, 1.0);
        load.run(60, &[100]);
        load.run(2, &[5_000]);
        assert_near(load.run(10, &[5_000])[0], 100.0);
        load.run(60, &[5_000]);
        let after = load.run(5, &[100])[0];
        assert!(after < 20.0, "{after}");
        load.run(300, &[100]);
        assert_near(load.run(10, &[100])[0], 100.0);
    }

    #[test]
    fn each_name_has_a_trace_per_minute() {
        let mut load = Load::new(0.01, 1.0);
        load.run(60, &[100, 200]);
        let kept: Vec<_> = load.run(600, &[100, 200]).iter().map(|kept| kept * 600.0).collect();
        assert!(kept.iter().all(|kept| (9.0..=16.0).contains(kept)), "{kept:?}");
    }

    #[test]
    fn names_without_end_take_no_memory_without_end() {
        let mut load = Load::new(10.0, 1.0);
        for key in 0..10_000 {
            load.begins(key);
        }
        assert_eq!(load.sampler.names.len(), MOST_NAMES);
        load.now += Duration::from_secs(600);
        load.begins(0);
        assert!(load.sampler.names.len() < 3);
    }

    #[test]
    fn a_decision_that_finds_the_state_locked_is_made_by_the_overall_share_and_counted_later() {
        let sampler = Adaptive::new(10.0).unwrap();
        let now = sampler.intent(&root(1)).threshold();
        assert_eq!(now, Some(Threshold::ALWAYS));
        let locked = sampler.state.lock().unwrap();
        sampler.overall.store(0.25_f64.to_bits(), Ordering::Relaxed);
        let intents = [sampler.intent(&root(1)), sampler.intent(&root(2))];
        for intent in intents {
            assert!(intent.is_reliable());
            assert_eq!(intent.threshold(), Threshold::of_probability(0.25));
        }
        drop(locked);
        assert_eq!(sampler.uncounted.load(Ordering::Relaxed), 2);
        let _ = sampler.intent(&root(1));
        let state = sampler.state.lock().unwrap();
        let counted = state.names.values().next().unwrap().slow.count;
        assert!((3.9..=4.0).contains(&counted), "{counted}");
    }

    #[test]
    fn invalid_targets_are_refused() {
        let refused = Adaptive::new(-1.0).unwrap_err().to_string();
        assert_eq!(refused, "-1 is not a number of spans per second: a finite number above 0 is");
    }
}
