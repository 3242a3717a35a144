//! Pairs of runs, and what is typical of them: of each pair the ratio, of all ratios the median.

use super::run::{Phases, Seen};
use super::sink::Sink;
use crate::{Outcome, median};
use std::fmt::Write;

/// A figure: its name, how to read it, and digits behind the point.
type Figure = (&'static str, fn(&Seen) -> f64, usize);

const FIGURES: [Figure; 5] = [
    ("p50, in ms", |seen| seen.p50, 2),
    ("p99, in ms", |seen| seen.p99, 2),
    ("processor time per request, in µs", |seen| seen.processor, 0),
    ("requests per second at saturation", |seen| seen.throughput, 0),
    ("peak memory of both services, in MiB", |seen| seen.memory, 1),
];

/// Measures, and returns a table in Markdown.
pub(super) fn measure(count: usize, phases: &Phases, sink: &Sink) -> Outcome<String> {
    let mut pairs: Vec<[Seen; 2]> = Vec::new();
    for number in 0..count {
        // The second one finds the machine warmer.
        let on_first = number % 2 == 0;
        let first = Seen::of(phases, sink, on_first)?;
        let second = Seen::of(phases, sink, !on_first)?;
        let pair = if on_first { [first, second] } else { [second, first] };
        eprintln!("pair {} of {count}: on {:?}, off {:?}", number + 1, pair[0], pair[1]);
        pairs.push(pair);
    }
    table(&pairs, phases)
}

fn table(pairs: &[[Seen; 2]], phases: &Phases) -> Outcome<String> {
    let mut page = String::new();
    writeln!(
        page,
        "{} pairs, {} s each at {} requests per second and at saturation; medians, and the middle half of the \
         pairs' ratios.\n",
        pairs.len(),
        phases.time.as_secs(),
        phases.rate
    )?;
    writeln!(page, "| | telemetry on | off | on / off | middle half |")?;
    writeln!(page, "|---|--:|--:|--:|--:|")?;
    for (name, figure, digits) in FIGURES {
        let of = |which: usize| {
            median(&mut pairs.iter().map(|pair| figure(&pair[which])).collect::<Vec<_>>())
        };
        let mut ratios: Vec<f64> = pairs.iter().map(|[on, off]| figure(on) / figure(off)).collect();
        let middle = median(&mut ratios);
        let (low, high) =
            (ratios[ratios.len() / 4], ratios[(ratios.len() * 3 / 4).min(ratios.len() - 1)]);
        writeln!(
            page,
            "| {name} | {:.digits$} | {:.digits$} | {middle:.3} | {low:.3} … {high:.3} |",
            of(0),
            of(1)
        )?;
    }
    let share = |of: usize| {
        let shares = pairs.iter().map(|[on, _]| on.shares[of] * 100.0);
        median(&mut shares.collect::<Vec<_>>())
    };
    let processors = std::thread::available_parallelism()?;
    writeln!(
        page,
        "\nAll on {processors} processors, of which the load generator takes {:.0} %, the receiver {:.1} % and what \
         else runs on the machine {:.0} % at the fixed rate.",
        share(0),
        share(1),
        share(2)
    )?;
    Ok(page)
}
