//! The scrapes themselves: that none fails, that what they bring is well-formed, and that calls do
//! not feel them.

use super::Observed;
use crate::Outcome;
use crate::prometheus::load::Sent;
use crate::support::report::{Report, number};
use std::io::Write;
use std::process::{Command, Stdio};

/// What p99 may be longer by while Prometheus scrapes, in milliseconds. Its own work is on the same
/// processors: this is where a service would be held up, not where it is merely beside another.
const FELT: f64 = 20.0;

pub(super) fn check(observed: &Observed<'_>, report: &mut Report) -> Outcome {
    let api = observed.api;
    let window = format!("{:.0}ms", observed.window * 1e3);
    let of = |what: &str| api.number(&format!("{what}[{window}])"));
    report.equal("up, all the time", 1.0, of("min_over_time(up")?);
    let scrapes = observed.window.floor();
    report.between("scrapes", scrapes - 2.0, scrapes + 1.0, of("count_over_time(up")?);
    let longest = of("max_over_time(scrape_duration_seconds")? * 1e3;
    report.between("longest scrape in ms, all series", 0.0, 1_000.0, longest);
    let samples = api.number("scrape_samples_scraped")?;
    let kept = api.number("scrape_samples_post_metric_relabeling")?;
    report.equal("samples of the last scrape, kept of all", samples, kept);
    let targets = api.get("/api/v1/targets")?;
    let target = &targets["activeTargets"][0];
    let (health, error) = (&target["health"], &target["lastError"]);
    let is_well = health == "up" && error == "";
    report.row("target", "\"up\" \"\"", format!("{health} {error}"), is_well);
    let complaints = observed
        .log
        .lines()
        .filter(|line| ["level=warn", "level=error"].iter().any(|level| line.contains(level)));
    let complaints: Vec<_> = complaints.collect();
    let said = if complaints.is_empty() { "none".to_owned() } else { complaints.join("\n") };
    report.row("complaints of Prometheus", "none", said, complaints.is_empty());

    let page = |accept: &str| -> Outcome<String> {
        let request = ureq::get(observed.metrics).header("accept", accept);
        Ok(request.call()?.body_mut().read_to_string()?)
    };
    let complaints = promtool(observed, &page("text/plain")?)?;
    report.row("promtool check metrics", "clean", &*complaints, complaints == "clean");
    let openmetrics = page("application/openmetrics-text; version=1.0.0")?;
    report.row(
        "OpenMetrics, to its end",
        "# EOF",
        openmetrics.lines().last().unwrap_or_default(),
        openmetrics.ends_with("\n# EOF\n"),
    );

    let [alone, scraped] = [observed.alone, observed.scraped].map(beyond_asked);
    for (what, percent) in [("median", 50), ("p99", 99)] {
        let [alone, scraped] = [&alone, &scraped].map(|it| it[(it.len() - 1) * percent / 100]);
        let expected = format!("{} + {FELT}, alone", number(alone));
        let is_right = scraped <= alone + FELT;
        report.row(
            format!("{what} in ms beyond what was asked for"),
            expected,
            format!("{}, scraped", number(scraped)),
            is_right,
        );
    }
    Ok(())
}

/// The findings of promtool in the classic text.
fn promtool(observed: &Observed<'_>, page: &str) -> Outcome<String> {
    let mut promtool = Command::new(&observed.tools.promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    promtool.stdin.take().ok_or("no input")?.write_all(page.as_bytes())?;
    let output = promtool.wait_with_output()?;
    let said = [output.stdout, output.stderr].concat();
    if output.status.success() && said.is_empty() {
        return Ok("clean".to_owned());
    }
    Ok(format!("{}: {}", output.status, String::from_utf8_lossy(&said)))
}

/// What each request took longer than it was asked to, in milliseconds, sorted.
fn beyond_asked(sent: &[Sent]) -> Vec<f64> {
    let beyond = sent.iter().map(|sent| (sent.took - sent.request.asked()) * 1e3);
    let mut beyond: Vec<f64> = beyond.collect();
    beyond.sort_by(f64::total_cmp);
    beyond
}
