//! Asserts on the decisions of samplers.

use crate::Recorded;
use crate::matcher::{Match, Operand};
use crate::names;
use crate::report::{Report, hold};
use crate::source::{Decision, Snapshot, Verdict};

/// A query for sampling decisions; created by [`Recorded::sampled`].
///
/// With [tail sampling](crate::CaptureBuilder::with_tail_sampling), the verdict about a trace counts, not
/// the decision at its start.
///
/// ```
/// # use std::sync::Arc;
/// # use trace_testkit::source::{Decision, Snapshot};
/// # let mut snapshot = Snapshot::default();
/// # snapshot.decisions = vec![Decision::new("health", false), Decision::new("pay", true)];
/// # let t = trace_testkit::Recorded::new(Arc::new(snapshot));
/// t.sampled("health").never();
/// t.sampled("pay").always();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a query asserts nothing until a frequency is expected"]
pub struct SampledQuery {
    snapshot: Snapshot,
    name: Match,
}

impl Recorded {
    /// Selects the sampling decisions on spans of this name.
    pub fn sampled(&self, name: impl Into<Match>) -> SampledQuery {
        SampledQuery { snapshot: self.snapshot(), name: name.into() }
    }
}

impl SampledQuery {
    /// Asserts that samplers were consulted, and never sampled.
    ///
    /// # Panics
    /// If one sampled, or none was consulted.
    #[track_caller]
    pub fn never(&self) {
        hold(self.try_never());
    }

    /// Like [`never`](Self::never), but returns the report.
    ///
    /// # Errors
    /// If one sampled, or none was consulted.
    pub fn try_never(&self) -> Result<(), Report> {
        self.asked()?;
        match self.yes() {
            0 => Ok(()),
            _ => Err(self.report("never")),
        }
    }

    /// Asserts that samplers were consulted, and always sampled.
    ///
    /// # Panics
    /// If one did not sample, or none was consulted.
    #[track_caller]
    pub fn always(&self) {
        hold(self.try_always());
    }

    /// Like [`always`](Self::always), but returns the report.
    ///
    /// # Errors
    /// If one did not sample, or none was consulted.
    pub fn try_always(&self) -> Result<(), Report> {
        self.asked()?;
        match self.yes() {
            yes if yes == self.decisions().count() => Ok(()),
            _ => Err(self.report("always")),
        }
    }

    /// Asserts how often samplers sampled: a number, or a matcher.
    ///
    /// # Panics
    /// If they sampled a different number of times.
    #[track_caller]
    pub fn times(&self, expected: impl Into<Match>) {
        hold(self.try_times(expected));
    }

    /// Like [`times`](Self::times), but returns the report.
    ///
    /// # Errors
    /// If they sampled a different number of times.
    pub fn try_times(&self, expected: impl Into<Match>) -> Result<(), Report> {
        let (expected, yes) = (expected.into(), self.yes());
        match expected.matches(&yes.into()) {
            true => Ok(()),
            false => Err(self.report(&format!("{expected}"))),
        }
    }

    /// Asserts the sampled share, from 0 to 1, such as `between(0.05, 0.15)`.
    ///
    /// # Panics
    /// If the share differs, or no sampler was consulted.
    #[track_caller]
    pub fn share(&self, expected: impl Into<Match>) {
        hold(self.try_share(expected));
    }

    /// Like [`share`](Self::share), but returns the report.
    ///
    /// # Errors
    /// If the share differs, or no sampler was consulted.
    pub fn try_share(&self, expected: impl Into<Match>) -> Result<(), Report> {
        self.asked()?;
        let (expected, yes) = (expected.into(), self.yes());
        let share = yes as f64 / self.decisions().count() as f64;
        match expected.matches(&Operand::from(share)) {
            true => Ok(()),
            false => Err(self.report(&format!("a share of {expected}, it is {share}"))),
        }
    }

    /// Asserts how many traces tail sampling keeps for a reason: the value of `sampling.reason`, such as
    /// `error` or `probability`.
    ///
    /// # Panics
    /// If it keeps a different number for that reason, or there is no tail sampling.
    #[track_caller]
    pub fn kept_for(&self, reason: impl Into<Match>, times: impl Into<Match>) {
        hold(self.try_kept_for(reason, times));
    }

    /// Like [`kept_for`](Self::kept_for), but returns the report.
    ///
    /// # Errors
    /// If it keeps a different number for that reason, or there is no tail sampling.
    pub fn try_kept_for(
        &self,
        reason: impl Into<Match>,
        times: impl Into<Match>,
    ) -> Result<(), Report> {
        let reason = reason.into();
        let expected = format!("kept for {}", reason.as_name());
        self.try_judged(&expected, times.into(), |verdict| match verdict {
            Verdict::Kept(why) => reason.matches_text(why),
            _ => false,
        })
    }

    /// Asserts how many traces tail sampling drops for a reason: `sampled_out`, `evicted` or `quota`.
    ///
    /// # Panics
    /// If it drops a different number for that reason, or there is no tail sampling.
    #[track_caller]
    pub fn dropped_for(&self, reason: impl Into<Match>, times: impl Into<Match>) {
        hold(self.try_dropped_for(reason, times));
    }

    /// Like [`dropped_for`](Self::dropped_for), but returns the report.
    ///
    /// # Errors
    /// If it drops a different number for that reason, or there is no tail sampling.
    pub fn try_dropped_for(
        &self,
        reason: impl Into<Match>,
        times: impl Into<Match>,
    ) -> Result<(), Report> {
        let reason = reason.into();
        let expected = format!("dropped for {}", reason.as_name());
        self.try_judged(&expected, times.into(), |verdict| match verdict {
            Verdict::Dropped(why) => reason.matches_text(why),
            _ => false,
        })
    }

    /// Asserts how many traces tail sampling has not decided yet, because something of them is open.
    ///
    /// # Panics
    /// If a different number is undecided, or there is no tail sampling.
    #[track_caller]
    pub fn undecided(&self, times: impl Into<Match>) {
        hold(self.try_undecided(times));
    }

    /// Like [`undecided`](Self::undecided), but returns the report.
    ///
    /// # Errors
    /// If a different number is undecided, or there is no tail sampling.
    pub fn try_undecided(&self, times: impl Into<Match>) -> Result<(), Report> {
        self.try_judged("undecided", times.into(), |verdict| *verdict == Verdict::Undecided)
    }

    fn try_judged(
        &self,
        expected: &str,
        times: Match,
        is_wanted: impl Fn(&Verdict) -> bool,
    ) -> Result<(), Report> {
        let verdicts: Vec<_> = self.decisions().filter_map(|it| it.verdict.as_ref()).collect();
        let found = verdicts.iter().filter(|verdict| is_wanted(verdict)).count();
        if verdicts.is_empty() && self.decisions().next().is_some() {
            return Err(self.drawn(format!(
                "no verdict was made about {}: there is no tail sampling here",
                self.name.as_name()
            )));
        }
        if times.matches(&found.into()) {
            return Ok(());
        }
        self.asked()?;
        let (name, all) = (self.name.as_name(), verdicts.len());
        Err(self.drawn(format!("{name} was {expected} {found} of {all} times, expected {times}")))
    }

    fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.snapshot.decisions.iter().filter(|decision| self.name.matches_text(&decision.name))
    }

    fn yes(&self) -> usize {
        self.decisions().filter(|decision| decision.is_kept()).count()
    }

    fn asked(&self) -> Result<(), Report> {
        if self.decisions().next().is_some() {
            return Ok(());
        }
        let name = self.name.as_name();
        let names = self.snapshot.decisions.iter().map(|decision| decision.name.as_str());
        let hint = names::hint("names that samplers were asked about", self.name.literal(), names);
        Err(Report::new(format!("no sampler was asked about {name}"))
            .with_note(hint)
            .with_note("samplers are asked about local roots; other spans go with their parents"))
    }

    fn report(&self, expected: &str) -> Report {
        let (name, yes, all) = (self.name.as_name(), self.yes(), self.decisions().count());
        self.drawn(format!("{name} was sampled {yes} of {all} times, expected {expected}"))
    }

    /// Creates a report with the answers of samplers and the verdicts.
    fn drawn(&self, message: String) -> Report {
        let answers = counted(self.decisions().map(|decision| {
            let answer = if decision.sampled { "sampled" } else { "not sampled" };
            let sampler = decision.sampler.as_deref();
            let by = sampler.map(|name| format!(" by {name}")).unwrap_or_default();
            let verdict = match &decision.verdict {
                None => String::new(),
                Some(Verdict::Undecided) => ", undecided".to_owned(),
                Some(Verdict::Kept(reason)) => format!(", kept for `{reason}`"),
                Some(Verdict::Dropped(reason)) => format!(", dropped for `{reason}`"),
            };
            format!("{}: {answer}{by}{verdict}", decision.name)
        }));
        Report::new(message).with_drawing(answers.join("\n")).with_explanations(&self.snapshot)
    }
}

/// Returns each line once, in order of first appearance, with its count.
fn counted(lines: impl Iterator<Item = String>) -> Vec<String> {
    const SHOWN: usize = 20;
    let mut counts: Vec<(String, usize)> = Vec::new();
    let mut others = 0;
    for line in lines {
        match counts.iter().position(|(known, _)| *known == line) {
            Some(at) => counts[at].1 += 1,
            None if counts.len() < SHOWN => counts.push((line, 1)),
            None => others += 1,
        }
    }
    let listed = counts.into_iter().map(|(line, count)| match count {
        1 => line,
        _ => format!("{line} ({count} times)"),
    });
    listed.chain((others > 0).then(|| format!("and {others} more"))).collect()
}
