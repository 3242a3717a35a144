//! Prometheus' numbers: of requests, what the load generator has counted; of business and jobs, what is in the
//! shop's database; and by OTLP the same.

use super::of;
use crate::Outcome;
use crate::e2e::pass::Observed;
use crate::support::api::Labels;
use crate::support::report::Report;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const REQUESTS: &str = "http_server_request_duration_seconds";

pub(super) fn check(observed: &Observed, report: &mut Report) -> Outcome {
    requests(observed, report)?;
    warehouse(observed, report)?;
    shop(observed, report)?;
    pushed(observed, report);
    Ok(())
}

/// A request's method, route and status.
type Route = (String, String, String);

fn requests(observed: &Observed, report: &mut Report) -> Outcome {
    let found = routes(observed, "shop", "_count")?;
    let mut expected: BTreeMap<Route, f64> = BTreeMap::new();
    for it in &observed.load.figures.by_route {
        let route = (it.method.clone(), it.route.clone(), it.status.to_string());
        *expected.entry(route).or_default() += it.count as f64;
    }
    for (route, count) in &expected {
        let (method, path, status) = route;
        let what = format!("Prometheus: {method} {path} {status}");
        report.equal(of(observed, &what), *count, found.get(route).copied().unwrap_or(f64::NAN));
    }
    let foreign = found.keys().filter(|route| !expected.contains_key(route));
    let foreign: Vec<String> = foreign.map(|route| format!("{route:?}")).collect();
    report.none(of(observed, "Prometheus: requests that nobody sent"), &foreign);

    // The server's time is within the client's.
    let sums = routes(observed, "shop", "_sum")?;
    let sum: f64 = sums.values().sum();
    let took = observed.load.record.iter().map(|sent| sent.latency_us as f64 / 1e6).sum();
    report.between(of(observed, "Prometheus: seconds of all requests"), 0.0, took, sum);
    let active = observed.api.query("sum by (job) (http_server_active_requests)")?;
    let active: f64 = active.iter().map(|(_, active)| active).sum();
    report.equal(of(observed, "Prometheus: requests in flight at the end"), 0.0, active);
    Ok(())
}

fn routes(observed: &Observed, job: &str, suffix: &str) -> Outcome<BTreeMap<Route, f64>> {
    let by = "http_request_method, http_route, http_response_status_code";
    let series =
        observed.api.query(&format!("sum by ({by}) ({REQUESTS}{suffix}{{job=\"{job}\"}})"))?;
    let label = |labels: &Labels, name: &str| labels.get(name).cloned().unwrap_or_default();
    let route = |labels: &Labels| {
        let [method, route, status] =
            ["http_request_method", "http_route", "http_response_status_code"]
                .map(|name| label(labels, name));
        (method, route, status)
    };
    Ok(series.iter().map(|(labels, value)| (route(labels), *value)).collect())
}

/// Only the traces show which requests the warehouse got.
fn warehouse(observed: &Observed, report: &mut Report) -> Outcome {
    let mut expected: BTreeMap<Route, f64> = BTreeMap::new();
    let spans = observed.decoded.spans.iter();
    for span in spans.filter(|span| span.service == "warehouse" && span.kind == "server") {
        let text = |key| span.text(key).unwrap_or_default().to_owned();
        let status = span.number("http.response.status_code").unwrap_or_default().to_string();
        *expected.entry((text("http.request.method"), text("http.route"), status)).or_default() +=
            1.0;
    }
    let found = routes(observed, "warehouse", "_count")?;
    report.row(
        of(observed, "Prometheus: requests to the warehouse, as traces have them"),
        format!("{expected:?}"),
        format!("{found:?}"),
        expected == found && !expected.is_empty(),
    );
    Ok(())
}

/// A question to Prometheus, and one to the database.
const BUSINESS: [(&str, &str); 8] = [
    ("sum(orders_placed_total)", "SELECT count(*) FROM orders"),
    ("sum(orders_revenue_total)", "SELECT sum(total) FROM orders"),
    (
        "sum(orders_placed_total{customer_tier=\"gold\"})",
        "SELECT count(*) FROM orders JOIN users ON users.id = user_id WHERE tier = 'gold'",
    ),
    ("sum(orders_cancelled_total)", "SELECT count(*) FROM orders WHERE state = 'cancelled'"),
    ("sum(orders_shipped_total)", "SELECT count(*) FROM orders WHERE state = 'shipped'"),
    ("sum(jobs_attempts_total)", "SELECT sum(attempts) FROM jobs"),
    (
        "sum(jobs_attempt_duration_seconds_count{job_name=\"ship_order\"})",
        "SELECT sum(attempts) FROM jobs WHERE name = 'ship_order'",
    ),
    ("sum(jobs_dead_total)", "SELECT count(*) FROM jobs WHERE state = 'dead'"),
];

fn shop(observed: &Observed, report: &mut Report) -> Outcome {
    let questions = BUSINESS.map(|(_, question)| question);
    let answers = ask_database(&observed.database, &questions)?;
    for ((query, _), answer) in BUSINESS.iter().zip(answers) {
        report.equal(
            of(observed, &format!("Prometheus: {query}")),
            answer,
            observed.api.number(query)?,
        );
    }
    let spans = &observed.decoded.spans;
    for source in ["memory", "database", "origin"] {
        let gets = spans.iter().filter(|span| span.text("cache.source") == Some(source)).count();
        let query = format!("sum(cache_get_duration_seconds_count{{cache_source=\"{source}\"}})");
        let found = observed.api.number(&query)?;
        report.equal(of(observed, &format!("Prometheus: {query}, as spans")), gets as f64, found);
    }
    let sent = &observed.load.figures.by_route;
    for (query, status) in [("sum(logins_total)", 200), ("sum(logins_failed_total)", 401)] {
        let logins = sent.iter().filter(|it| it.route == "/login" && it.status == status);
        let logins: u64 = logins.map(|it| it.count).sum();
        report.equal(
            of(observed, &format!("Prometheus: {query}")),
            logins as f64,
            observed.api.number(query)?,
        );
    }
    Ok(())
}

/// One number for each question, by Python's own SQLite.
fn ask_database(file: &Path, questions: &[&str]) -> Outcome<Vec<f64>> {
    let ask = "import json, sqlite3, sys; database = sqlite3.connect(sys.argv[1]); \
        print(json.dumps([database.execute(it).fetchone()[0] or 0 for it in sys.argv[2:]]))";
    let output = Command::new("python3").args(["-c", ask]).arg(file).args(questions).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What was pushed by OTLP last is what was scraped.
fn pushed(observed: &Observed, report: &mut Report) {
    for (metric, query) in [
        ("http.server.request.duration", "http_server_request_duration_seconds_count"),
        ("orders.placed", "orders_placed_total"),
        ("jobs.attempts", "jobs_attempts_total"),
    ] {
        let points = observed.decoded.last("shop", metric);
        let pushed: f64 = points.iter().map(|(_, value)| value).sum();
        let scraped = observed.pages[0].sum(query, &[], &[]);
        report.equal(of(observed, &format!("OTLP: {metric}")), scraped, pushed);
    }
    let is_right = |attributes: &serde_json::Map<String, Value>| {
        ["http.route", "http.request.method"].iter().all(|key| attributes.contains_key(*key))
    };
    let points = observed.decoded.last("shop", "http.server.request.duration");
    let without = points.iter().filter(|(attributes, _)| !is_right(attributes));
    let without: Vec<String> = without.map(|(attributes, _)| format!("{attributes:?}")).collect();
    report.none(of(observed, "OTLP: requests without route and method"), &without);
}
