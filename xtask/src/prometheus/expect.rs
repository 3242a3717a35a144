//! From what was sent to the series that there must be.

use super::load::{Fault, Request, Sent};
use crate::support::api::Labels;
use std::collections::BTreeMap;

/// What is between two bounds: a call takes no less than it was asked to, and no more than its
/// request. A value that is known has two that are equal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Between {
    pub(super) least: f64,
    pub(super) most: f64,
}

/// Series by their metric, as Prometheus calls it.
#[derive(Default)]
pub(super) struct Expected {
    pub(super) numbers: BTreeMap<&'static str, BTreeMap<Labels, f64>>,
    pub(super) histograms: BTreeMap<&'static str, BTreeMap<Labels, Vec<Between>>>,
}

/// The functions of the shop are all in one module, and no other has metrics.
pub(super) const MODULE: &str = "metered_service::shop";
pub(super) const SERVICE: &str = "metered-service";

const CALLS: &str = "function_calls_total";
pub(super) const DURATION: &str = "function_calls_duration_seconds";
pub(super) const PAYMENT: &str = "shop_payment_duration_seconds";

fn labels(list: &[(&str, &str)]) -> Labels {
    list.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect()
}

fn function(name: &str) -> Labels {
    labels(&[("function", name), ("module", MODULE), ("service_name", SERVICE)])
}

/// The `result` of a call, and its `error_type`.
type Result = (&'static str, Option<&'static str>);
const OK: Result = ("ok", None);

impl Expected {
    pub(super) fn of<'a>(sent: impl Iterator<Item = &'a Sent>) -> Self {
        let mut expected = Self::default();
        for sent in sent {
            expected.add(sent);
        }
        // What is in flight is over when all is answered.
        for name in ["checkout", "search"] {
            expected.number("function_calls_concurrent", function(name), 0.0);
        }
        expected.number("shop_payment_active", Labels::new(), 0.0);
        expected
    }

    fn add(&mut self, sent: &Sent) {
        let time = Between { least: sent.request.asked(), most: sent.took };
        match sent.request {
            Request::Checkout { tier, items, price, fault, .. } => {
                self.checkout(tier, items, price, fault, time);
            }
            Request::Search { hits, deadline, .. } => {
                let objective = [("objective_name", "search"), ("objective_percentile", "99")];
                // As `le` is written for a bound of one second, or alert rules find no bucket.
                let threshold = [("objective_latency_threshold", "1.0")];
                let latency = [&objective[..], &threshold].concat();
                let result = match deadline {
                    None => OK,
                    Some(_) => ("cancelled", Some("cancelled")),
                };
                self.call("search", result, &[], labels(&latency), time);
                if deadline.is_none() {
                    self.value("shop_search_hits", hits);
                }
            }
            Request::LogIn => self.number("shop_sessions", Labels::new(), 1.0),
            Request::LogOut => self.number("shop_sessions", Labels::new(), -1.0),
            Request::Restock { items } => {
                self.call("restock", OK, &[], Labels::new(), time);
                // The last one counts.
                let stock = self.numbers.entry("shop_stock").or_default();
                stock.insert(Labels::new(), items as f64);
            }
        }
    }

    fn checkout(
        &mut self,
        tier: &str,
        items: u64,
        price: u64,
        fault: Option<Fault>,
        time: Between,
    ) {
        let result = match fault {
            None => OK,
            Some(Fault::SoldOut) => ("error", Some("sold_out")),
            Some(Fault::Declined) => ("error", Some("declined")),
            Some(Fault::Panic) => ("error", Some("panic")),
        };
        let tier = ("tier", tier);
        let objective = [("objective_name", "shop"), ("objective_percentile", "99"), tier];
        let latency = [
            ("objective_name", "shop"),
            ("objective_percentile", "95"),
            ("objective_latency_threshold", "0.1"),
            tier,
        ];
        self.call("checkout", result, &objective, labels(&latency), time);
        self.value("shop_order_items", items);

        let is_reserved = !matches!(fault, Some(Fault::SoldOut | Fault::Panic));
        let caller = [("caller_function", "checkout"), ("caller_module", MODULE)];
        let reserved = if is_reserved { OK } else { result };
        let no_longer = Between { least: 0.0, most: time.most };
        self.call("reserve", reserved, &caller, Labels::new(), no_longer);
        if is_reserved {
            let error = result.1.map(|kind| ("error_type", kind));
            self.histogram(PAYMENT, labels(error.as_slice()), time);
        }
        match fault {
            None => self.number("shop_revenue_total", labels(&[tier]), price as f64),
            // A panic returns no error.
            Some(Fault::Panic) => {}
            Some(_) => self.number("shop_orders_refused_total", Labels::new(), 1.0),
        }
    }

    fn call(
        &mut self,
        name: &str,
        (result, error): Result,
        counted: &[(&str, &str)],
        timed: Labels,
        time: Between,
    ) {
        let mut count = function(name);
        count.extend(labels(counted));
        count.extend(labels(&[("result", result)]));
        count.extend(error.map(|kind| ("error_type".to_owned(), kind.to_owned())));
        self.number(CALLS, count, 1.0);
        let mut duration = function(name);
        duration.extend(timed);
        self.histogram(DURATION, duration, time);
    }

    fn number(&mut self, metric: &'static str, labels: Labels, amount: f64) {
        *self.numbers.entry(metric).or_default().entry(labels).or_default() += amount;
    }

    fn value(&mut self, metric: &'static str, value: u64) {
        let value = value as f64;
        self.histogram(metric, Labels::new(), Between { least: value, most: value });
    }

    fn histogram(&mut self, metric: &'static str, labels: Labels, value: Between) {
        self.histograms.entry(metric).or_default().entry(labels).or_default().push(value);
    }

    /// How many calls there were of the functions that have these labels.
    pub(super) fn calls(&self, wanted: &[(&str, &str)]) -> f64 {
        let series = self.numbers.get(CALLS).into_iter().flatten();
        series.filter(|(labels, _)| has(labels, wanted)).map(|(_, count)| count).sum()
    }

    /// All values of the series that have these labels.
    pub(super) fn values(&self, metric: &str, wanted: &[(&str, &str)]) -> Vec<Between> {
        let series = self.histograms.get(metric).into_iter().flatten();
        let series = series.filter(|(labels, _)| has(labels, wanted));
        series.flat_map(|(_, values)| values.iter().copied()).collect()
    }
}

fn has(labels: &Labels, wanted: &[(&str, &str)]) -> bool {
    wanted.iter().all(|&(label, value)| labels.get(label).is_some_and(|has| has == value))
}
