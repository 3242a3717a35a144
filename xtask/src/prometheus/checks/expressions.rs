//! Evaluates what people ask: the expressions of autometrics' dashboards and alert rules (autometrics-shared),
//! word by word but for the window.
//!
//! The bounds of the answers: `rate` stretches what it has seen over the window, and the first and
//! last sample lie within an interval, a second, of its ends. So a rate is between what was sent,
//! over the window, and the same over two intervals less; a ratio of two rates is as far off either
//! way. A quantile is the value at its rank, which is within the bucket of what was asked for or
//! that of what the client has seen; where in a bucket Prometheus can only guess.

use super::Observed;
use crate::Outcome;
use crate::prometheus::expect::{Between, DURATION, MODULE, PAYMENT, SERVICE};
use crate::support::api::{Api, Labels};
use crate::support::report::Report;

/// Of scrapes, in seconds, and what they may come late.
const INTERVAL: f64 = 1.1;
/// Joined with everything in dashboards.
const BUILD: &str = "* on(instance, job) group_left(version, commit) \
                     (last_over_time(build_info[$w]) or on (instance, job) up)";
const CALLS: &str = "__name__=~\"function_calls(_count)?(_total)?\"";
const BUCKETS: &str = "__name__=~\"function_calls_duration(_seconds)?_bucket\"";
const COUNT: &str = "__name__=~\"function_calls_duration(_seconds)?_count\"";
const BY_FUNCTION: &str = "by (function, module, service_name, version, commit)";
const BY_OBJECTIVE: &str = "by (objective_name, objective_percentile, service_name)";

struct Asking<'a> {
    api: &'a Api,
    window: f64,
    report: &'a mut Report,
}

pub(super) fn check(observed: &Observed<'_>, report: &mut Report) -> Outcome {
    let during = observed.during;
    let calls = |wanted: &[(&str, &str)]| during.calls(wanted);
    let mut asking = Asking { api: observed.api, window: observed.window, report };

    for name in ["checkout", "reserve", "search", "restock"] {
        let rate = |more: &str| {
            format!("sum {BY_FUNCTION} (rate({{{CALLS}{more}, function=~\"{name}\"}}[$w]) {BUILD})")
        };
        let sent = calls(&[("function", name)]);
        asking.rate(&format!("dashboard: rate of {name}"), &rate(""), sent)?;
        let errors = calls(&[("function", name), ("result", "error")]);
        if errors > 0.0 {
            let query = format!("({}) / ({})", rate(", result=\"error\""), rate(""));
            asking.ratio(&format!("dashboard: error ratio of {name}"), &query, errors / sent)?;
        }
    }
    let query = format!("sum (rate({{{CALLS}, caller_function=\"checkout\"}}[$w]))");
    asking.rate(
        "rate of what checkout calls",
        &query,
        calls(&[("caller_function", "checkout")]),
    )?;

    let shop = [("objective_name", "shop")];
    let failed = calls(&[shop[0], ("result", "error")]) / calls(&shop);
    let rate = |more: &str| format!("sum(rate({{{CALLS}, objective_name=\"shop\"{more}}}[$w]))");
    let query =
        format!("1 - (({}) or on() vector(0)) / ({})", rate(", result=\"error\""), rate(""));
    // The errors are what the bound is about.
    asking.ratio("dashboard: success rate of shop, less", &format!("1 - ({query})"), failed)?;
    let rate = |more: &str| {
        format!("sum {BY_OBJECTIVE} (rate({{{CALLS},objective_percentile=\"99\"{more}}}[$w]))")
    };
    let query = format!("({}) / ({} >= 0.016666666666666666)", rate(",result=\"error\""), rate(""));
    asking.ratio("alert rule: errors of shop", &query, failed)?;

    for (objective, percentile, threshold) in [("shop", "95", 0.1), ("search", "99", 1.0)] {
        let values = during.values(DURATION, &[("objective_name", objective)]);
        let slow = share_above(&values, threshold);
        let count = format!(
            "sum {BY_OBJECTIVE} (rate({{{COUNT}, objective_percentile=\"{percentile}\"}}[$w]))"
        );
        let joined = |label: &str| {
            format!(
                "label_join(rate({{{BUCKETS}, objective_percentile=\"{percentile}\"}}[$w]), \
                 \"autometrics_check_label_equality\", \"\", \"{label}\")"
            )
        };
        let (threshold, le) = (joined("objective_latency_threshold"), joined("le"));
        let query = format!(
            "({count} - (sum {BY_OBJECTIVE} ({threshold} and {le}))) / ({count} >= 0.016666666666666666)"
        );
        asking.share(&format!("alert rule: slow calls of {objective}"), &query, slow)?;
        // The dashboard offers the thresholds that there are, and looks for the bucket of one.
        let thresholds = format!(
            "group by (objective_latency_threshold) ({DURATION}_count{{objective_name=\"{objective}\"}})"
        );
        for (labels, _) in asking.api.query(&thresholds)? {
            let le = &labels["objective_latency_threshold"];
            let of = |name: &str, more: &str| {
                format!("sum(rate({{{name}, objective_name=\"{objective}\"{more}}}[$w]))")
            };
            let bucket = of(BUCKETS, &format!(", le=\"{le}\""));
            let query = format!("1 - (({bucket}) or on() vector(0)) / ({})", of(COUNT, ""));
            asking.share(&format!("dashboard: calls of {objective} over {le} s"), &query, slow)?;
        }
    }

    for (percent, quantile) in [("99", 0.99), ("95", 0.95)] {
        for name in ["checkout", "search"] {
            let query = format!(
                "label_replace(histogram_quantile({quantile}, sum by (le, function, module, \
                 service_name, commit, version) (rate({{{BUCKETS}, function=~\"{name}\"}}[$w]) \
                 {BUILD})), \"percentile_latency\", \"{percent}\", \"\", \"\")"
            );
            let values = during.values(DURATION, &[("function", name)]);
            asking.quantile(
                &format!("dashboard: p{percent} of {name}"),
                &query,
                quantile,
                &values,
                &BOUNDS,
            )?;
        }
    }
    let query = format!("histogram_quantile(0.99, sum by (le) (rate({PAYMENT}_bucket[$w])))");
    let payments = during.values(PAYMENT, &[]);
    asking.quantile("p99 of payments", &query, 0.99, &payments, &PAYMENT_BOUNDS)?;

    let query = "sum by (tier) (rate(shop_revenue_total[$w]))";
    let revenue = &during.numbers["shop_revenue_total"];
    for (labels, found) in asking.ask(query)? {
        let tier = &labels["tier"];
        asking.compare_rate(&format!("revenue a second of {tier}"), revenue[&labels], found);
    }
    for name in ["checkout", "search"] {
        let query = format!("max_over_time(function_calls_concurrent{{function=\"{name}\"}}[$w])");
        let found = asking.number(&query)?;
        asking.report.between(format!("most {name} at once"), 1.0, 8.0, found);
    }
    let query = format!(
        "group by (function) ({{{CALLS}, module=\"{MODULE}\", service_name=\"{SERVICE}\"}})"
    );
    let functions = asking.api.query(&query)?.len();
    asking.report.equal("functions that a dashboard offers", 4.0, functions as f64);
    Ok(())
}

impl Asking<'_> {
    fn ask(&self, query: &str) -> Outcome<Vec<(Labels, f64)>> {
        self.api.query(&self.windowed(query))
    }

    fn number(&self, query: &str) -> Outcome<f64> {
        self.api.number(&self.windowed(query))
    }

    fn windowed(&self, query: &str) -> String {
        query.replace("$w", &format!("{:.0}ms", self.window * 1e3))
    }

    /// What a window without its ends is to the whole.
    fn inner(&self) -> f64 {
        1.0 - 2.0 * INTERVAL / self.window
    }

    fn rate(&mut self, what: &str, query: &str, sent: f64) -> Outcome {
        let found = self.number(query)?;
        self.compare_rate(what, sent, found);
        Ok(())
    }

    fn compare_rate(&mut self, what: &str, sent: f64, found: f64) {
        let least = sent / self.window;
        self.report.between(what, least, least / self.inner(), found);
    }

    fn ratio(&mut self, what: &str, query: &str, sent: f64) -> Outcome {
        self.share(what, query, [sent, sent])
    }

    /// A ratio that is known to lie between two.
    fn share(&mut self, what: &str, query: &str, [least, most]: [f64; 2]) -> Outcome {
        let found = self.number(query)?;
        self.report.between(what, least * self.inner(), most / self.inner(), found);
        Ok(())
    }

    fn quantile(
        &mut self,
        what: &str,
        query: &str,
        quantile: f64,
        values: &[Between],
        bounds: &[f64],
    ) -> Outcome {
        let found = self.number(query)?;
        let at_rank = |bound: fn(&Between) -> f64| {
            let mut values: Vec<f64> = values.iter().map(bound).collect();
            values.sort_by(f64::total_cmp);
            let rank = (quantile * values.len() as f64).ceil() as usize;
            values[rank.clamp(1, values.len()) - 1]
        };
        let below = bounds.iter().rev().find(|bound| **bound < at_rank(|it| it.least));
        let above = bounds.iter().find(|bound| **bound >= at_rank(|it| it.most));
        // Beyond the last bound, Prometheus answers with that bound.
        let above = above.or(bounds.last()).copied().unwrap_or(f64::INFINITY);
        self.report.between(what, below.copied().unwrap_or(0.0), above, found);
        Ok(())
    }
}

/// The least and the most that can be of all values above a threshold.
fn share_above(values: &[Between], threshold: f64) -> [f64; 2] {
    let share = |bound: fn(&Between) -> f64| {
        let above = values.iter().filter(|it| bound(it) > threshold).count();
        above as f64 / values.len() as f64
    };
    [share(|it| it.least), share(|it| it.most)]
}

/// Of the functions' durations, in seconds.
const BOUNDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
const PAYMENT_BOUNDS: [f64; 4] = [0.001, 0.01, 0.1, 1.0];
