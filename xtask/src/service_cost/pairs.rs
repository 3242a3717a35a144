//! Pairs of runs, and what is typical of them: of each pair the ratio, of all ratios the median.

use crate::{Outcome, median};
use std::fmt::{Debug, Write};

/// A figure: its name, how to read it, and digits behind the point.
pub(super) type Figure<T> = (&'static str, fn(&T) -> f64, usize);

/// Runs a service with telemetry and without it, `count` times each, in an order that alternates.
pub(super) fn measure<T: Debug>(
    count: usize,
    mut seen: impl FnMut(bool) -> Outcome<T>,
) -> Outcome<Vec<[T; 2]>> {
    let mut pairs = Vec::new();
    for number in 0..count {
        // The second one finds the machine warmer.
        let on_first = number % 2 == 0;
        let (first, second) = (seen(on_first)?, seen(!on_first)?);
        let pair = if on_first { [first, second] } else { [second, first] };
        eprintln!("pair {} of {count}: on {:?}, off {:?}", number + 1, pair[0], pair[1]);
        pairs.push(pair);
    }
    Ok(pairs)
}

/// Appends a table in Markdown: medians, and the middle half of the pairs' ratios.
pub(super) fn table<T>(page: &mut String, pairs: &[[T; 2]], figures: &[Figure<T>]) -> Outcome {
    writeln!(page, "| | telemetry on | off | on / off | middle half |")?;
    writeln!(page, "|---|--:|--:|--:|--:|")?;
    for &(name, figure, digits) in figures {
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
    Ok(())
}
