//! Aggregates and prints the figures of a run.

use anstyle::{AnsiColor, Style};
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A minute in microseconds: the largest recorded latency.
const LONGEST_US: u64 = 60_000_000;

/// The figures of one connection, or of all.
pub(crate) struct Figures {
    requests: u64,
    by_route: BTreeMap<(&'static str, &'static str, u16), u64>,
    latency_us: Histogram<u64>,
    /// Requests without an answer, by reason.
    errors: BTreeMap<String, u64>,
    /// Unexpected answers.
    surprises: BTreeMap<String, u64>,
}

impl Figures {
    pub(crate) fn new() -> Self {
        Self {
            requests: 0,
            by_route: BTreeMap::new(),
            latency_us: Histogram::new_with_bounds(1, LONGEST_US, 3).expect("these are right"),
            errors: BTreeMap::new(),
            surprises: BTreeMap::new(),
        }
    }

    /// Adds an answered request; `latency_us` is set if its latency counts.
    pub(crate) fn answered(
        &mut self,
        (method, route): (&'static str, &'static str),
        status: u16,
        latency_us: Option<u64>,
    ) {
        self.requests += 1;
        *self.by_route.entry((method, route, status)).or_default() += 1;
        if let Some(latency_us) = latency_us {
            self.latency_us.saturating_record(latency_us);
        }
    }

    pub(crate) fn failed(&mut self, why: String) {
        self.requests += 1;
        *self.errors.entry(why).or_default() += 1;
    }

    pub(crate) fn surprised(&mut self, how: String) {
        *self.surprises.entry(how).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.latency_us.add(other.latency_us).expect("they have the same bounds");
        for (route, count) in other.by_route {
            *self.by_route.entry(route).or_default() += count;
        }
        for (into, from) in
            [(&mut self.errors, other.errors), (&mut self.surprises, other.surprises)]
        {
            for (why, count) in from {
                *into.entry(why).or_default() += count;
            }
        }
    }

    /// Whether every request was answered as expected.
    pub(crate) fn are_good(&self) -> bool {
        self.errors.is_empty() && self.surprises.is_empty()
    }

    fn quantiles(&self) -> [(&'static str, u64); 5] {
        let at = |quantile| self.latency_us.value_at_quantile(quantile);
        [
            ("p50", at(0.5)),
            ("p90", at(0.9)),
            ("p99", at(0.99)),
            ("p999", at(0.999)),
            ("max", self.latency_us.max()),
        ]
    }
}

/// All figures of a run.
pub(crate) struct Summary {
    pub(crate) figures: Figures,
    /// `None` in a closed loop.
    pub(crate) rate_asked: Option<f64>,
    /// The duration of the run, without preparation.
    pub(crate) took: Duration,
}

impl Summary {
    fn rate_reached(&self) -> f64 {
        self.figures.latency_us.len() as f64 / self.took.as_secs_f64()
    }

    pub(crate) fn to_json(&self) -> Value {
        let count = |all: &BTreeMap<String, u64>| all.values().sum::<u64>();
        let by_route = self.figures.by_route.iter().map(|((method, route, status), count)| {
            json!({ "method": method, "route": route, "status": status, "count": count })
        });
        json!({
            "requests": self.figures.requests,
            "by_route": by_route.collect::<Vec<_>>(),
            "latency_us": self.figures.quantiles().into_iter().collect::<BTreeMap<_, _>>(),
            "rate_asked": self.rate_asked,
            "rate_reached": self.rate_reached(),
            "seconds": self.took.as_secs_f64(),
            "errors": count(&self.figures.errors),
            "surprises": count(&self.figures.surprises),
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bold, red) = (Style::new().bold(), AnsiColor::Red.on_default());
        writeln!(f, "{bold}{:<7}{:<22}{:>7}{:>10}{bold:#}", "", "route", "status", "requests")?;
        for ((method, route, status), count) in &self.figures.by_route {
            writeln!(f, "{method:<7}{route:<22}{status:>7}{count:>10}")?;
        }
        writeln!(f, "{:<36}{:>10}", "all", self.figures.requests)?;
        for (what, all) in
            [("no answer", &self.figures.errors), ("unexpected", &self.figures.surprises)]
        {
            for (why, count) in all {
                writeln!(f, "{red}{what}: {why}, {count} times{red:#}")?;
            }
        }
        write!(f, "\n{bold}latency{bold:#}")?;
        for (name, us) in self.figures.quantiles() {
            let name = if name == "p999" { "p99.9" } else { name };
            write!(f, "   {name} {}", Milliseconds(us))?;
        }
        write!(f, "\n{bold}rate{bold:#}      {:.1} requests per second", self.rate_reached())?;
        match self.rate_asked {
            Some(rate) => writeln!(f, " of {rate} that were asked for"),
            None => writeln!(f, ", as fast as the shop answered"),
        }
    }
}

struct Milliseconds(u64);

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0 as f64 / 1_000.0;
        let digits = if ms < 10.0 { 2 } else { 1 };
        write!(f, "{ms:.digits$} ms")
    }
}
