//! Measures what an attribute costs the program that carries it, beside what the peers' cost theirs: 500
//! synchronous and 500 asynchronous functions that return a `Result`.
//!
//! Seconds: the release build of that crate alone, its dependencies built before, less the same
//! build without attributes. Bytes: the difference between a program with all functions and one
//! with two, so that the runtime itself, which a program has once, does not count; again less the
//! same without attributes.

use crate::generated::{
    AUTOMETRICS, FASTRACE, Generated, Instrumentation, METERED, OURS, PLAIN, TRACED_AND_METERED,
    TRACING,
};
use crate::size::Size;
use crate::{Outcome, median, table, target};

/// Synchronous functions, and as many asynchronous ones.
const FUNCTIONS: usize = 500;

const VARIANTS: [Instrumentation; 7] =
    [PLAIN, OURS, FASTRACE, TRACING, METERED, TRACED_AND_METERED, AUTOMETRICS];

struct Cost {
    instrumentation: Instrumentation,
    seconds: f64,
    /// Bytes per function.
    code_and_data: f64,
    /// Bytes per function.
    loaded: f64,
}

pub(crate) fn run(rounds: usize) -> Outcome {
    let mut crates = Vec::new();
    for instrumentation in VARIANTS {
        eprintln!("dependencies of {}", instrumentation.name);
        let folder = target("macro-cost").join(instrumentation.name);
        let few = Generated::functions(&folder, instrumentation, 1)?;
        few.build()?;
        let few_size = Size::of(&few.binary())?;
        let many = Generated::functions(&folder, instrumentation, FUNCTIONS)?;
        crates.push((instrumentation, many, few_size, Vec::new()));
    }
    for round in 1..=rounds {
        for (instrumentation, many, _, seconds) in &mut crates {
            let elapsed = many.rebuild()?.as_secs_f64();
            eprintln!("round {round} of {rounds}: {} in {elapsed:.2} s", instrumentation.name);
            seconds.push(elapsed);
        }
    }
    let mut costs = Vec::new();
    for (instrumentation, many, few_size, seconds) in &mut crates {
        let added = Size::of(&many.binary())?.beyond(*few_size);
        let per_function = |bytes: u64| bytes as f64 / (2 * (FUNCTIONS - 1)) as f64;
        costs.push(Cost {
            instrumentation: *instrumentation,
            seconds: median(seconds),
            code_and_data: per_function(added.code_and_data),
            loaded: per_function(added.loaded),
        });
    }
    print(&costs);
    Ok(())
}

fn print(costs: &[Cost]) {
    let functions = (2 * FUNCTIONS) as f64;
    let plain = &costs[0];
    let mut table = table(&[
        "1,000 functions, release",
        "seconds",
        "added seconds",
        "added ms/function",
        "added code and data/function",
        "added, all loaded/function",
    ]);
    for cost in costs {
        let added = cost.seconds - plain.seconds;
        table.add_row([
            cost.instrumentation.name.to_owned(),
            format!("{:.2}", cost.seconds),
            format!("{added:.2}"),
            format!("{:.2}", added / functions * 1e3),
            format!("{:.0}", cost.code_and_data - plain.code_and_data),
            format!("{:.0}", cost.loaded - plain.loaded),
        ]);
    }
    println!("{table}");
}
