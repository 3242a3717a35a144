//! The tables of the services: one for each route.

use super::Route;
use super::run::Run;
use super::variants::Variant;
use crate::report::table::{Style, table, text};
use crate::round::quartiles;

/// The runs of a variant beside those of the service without telemetry, round by round.
struct Pairs<'a> {
    runs: Vec<&'a Run>,
    plain: Vec<&'a Run>,
}

impl Pairs<'_> {
    fn median(&self, figure: impl Fn(&Run) -> f64) -> f64 {
        quartiles(&self.runs.iter().map(|run| figure(run)).collect::<Vec<_>>()).0
    }

    /// The median of what each round adds.
    fn added(&self, figure: impl Fn(&Run) -> f64) -> f64 {
        self.compared(|run, plain| figure(run) - figure(plain))
    }

    fn compared(&self, compare: impl Fn(&Run, &Run) -> f64) -> f64 {
        let pairs = self.runs.iter().zip(&self.plain);
        quartiles(&pairs.map(|(run, plain)| compare(run, plain)).collect::<Vec<_>>()).0
    }

    fn total(&self, count: impl Fn(&Run) -> u64) -> u64 {
        self.runs.iter().map(|run| count(run)).sum()
    }
}

/// Renders the figures of a route: a row for each variant, the first of which is the one without telemetry.
pub fn render(variants: &[&dyn Variant], runs: &[Run], route: Route, style: Style) -> String {
    let title = format!("{}: {} spans a request", route.path(), route.spans());
    let header = [
        &*title,
        "p50 µs",
        "p99 µs",
        "CPU µs added",
        "at saturation",
        "requests/s",
        "of none's",
        "MiB added",
        "spans lost",
        "OTLP bytes",
    ];
    let mut table = table(style, &header, 1);
    let of = |variant: &dyn Variant| -> Vec<&Run> {
        runs.iter().filter(|it| it.route == route && it.variant == variant.name()).collect()
    };
    for variant in variants {
        let pairs =
            Pairs { runs: of(*variant), plain: variants.first().map_or(vec![], |it| of(*it)) };
        let expected = match variant.is_instrumented() {
            true => pairs.total(|run| run.requests * route.spans()),
            false => 0,
        };
        let lost = expected.saturating_sub(pairs.total(|run| run.sent.traces.items));
        let requests = pairs.total(|run| run.requests) as f64;
        let sent = &|run: &Run| {
            let Run { sent, .. } = run;
            sent.traces.bytes + sent.logs.bytes + sent.metrics.bytes
        };
        table.add_row([
            variant.name().to_owned(),
            format!("{:.0}", pairs.median(|run| run.fixed.answered.p50_us)),
            format!("{:.0}", pairs.median(|run| run.fixed.answered.p99_us)),
            format!("{:.1}", pairs.added(|run| run.fixed.processor_us)),
            format!("{:.1}", pairs.added(|run| run.saturated.processor_us)),
            format!("{:.0}", pairs.median(|run| run.saturated.answered.per_second)),
            format!(
                "{:.2}",
                pairs.compared(|run, plain| {
                    run.saturated.answered.per_second / plain.saturated.answered.per_second
                })
            ),
            format!("{:.1}", pairs.added(|run| run.peak_kib as f64) / 1024.0),
            match expected {
                0 => "0".to_owned(),
                _ => format!("{lost} ({:.1} %)", lost as f64 * 100.0 / expected as f64),
            },
            format!("{:.0}", pairs.total(sent) as f64 / requests),
        ]);
    }
    text(&table, style, 1)
}
