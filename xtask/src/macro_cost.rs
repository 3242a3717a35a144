//! Measures what an attribute costs the crate that carries it, beside what the peers' cost theirs: 500
//! synchronous and 500 asynchronous functions that return a `Result`, in two crates. In one the functions
//! call another function, and it is a program; in the other they parse text, and it is a C library.
//!
//! Times: those of building that crate alone, its dependencies built before, less those of the same crate
//! without attributes. The builds take turns, so that a slow minute of the machine meets all of them.
//! Processor time suffers less from other work than the time that passes. Bytes: the difference between a
//! crate with all functions and one with two, so that the runtime itself, which a program has once, does
//! not count; again less the same without attributes.

use std::ffi::OsString;
use std::fs;
use std::time::Instant;

use crate::generated::{
    AUTOMETRICS, Build, FASTRACE, Functions, Generated, Instrumentation, METERED, OURS,
    OURS_BY_DEFAULT, PLAIN, TRACED_AND_METERED, TRACING,
};
use crate::size::Size;
use crate::{Outcome, median, processor, table, target};

/// Synchronous functions, and as many asynchronous ones.
const FUNCTIONS: usize = 500;

/// The first of them is the one without attributes.
const CRATES: [(&str, Functions, &[Instrumentation]); 2] = [
    (
        "calling",
        Functions::Calling,
        &[PLAIN, OURS, FASTRACE, TRACING, METERED, TRACED_AND_METERED, AUTOMETRICS],
    ),
    ("parsing", Functions::Parsing, &[PLAIN, OURS_BY_DEFAULT, FASTRACE, TRACING]),
];

const BUILDS: [Build; 3] = [Build::Release, Build::Debug, Build::Check];

/// A crate, and what its builds have taken.
struct Variant {
    instrumentation: Instrumentation,
    many: Generated,
    /// The sizes of the same crate with two functions.
    few: (Size, u64),
    /// By build: seconds that passed, and seconds of processors.
    took: [(Vec<f64>, Vec<f64>); BUILDS.len()],
}

/// The medians of a crate; bytes beyond those of the crate with two functions.
struct Cost {
    took: [(f64, f64); BUILDS.len()],
    loaded: f64,
    code_and_data: f64,
    file: f64,
}

pub(crate) fn run(arguments: Vec<OsString>) -> Outcome {
    let (rounds, only) = options(arguments)?;
    for (name, functions, instrumentations) in CRATES {
        if only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        let mut variants = Vec::new();
        for instrumentation in instrumentations {
            variants.push(Variant::new(name, functions, *instrumentation)?);
        }
        for round in 1..=rounds {
            for variant in &mut variants {
                eprintln!("{name}, round {round} of {rounds}: {}", variant.instrumentation.name);
                variant.measure()?;
            }
        }
        print(name, &mut variants)?;
    }
    Ok(())
}

/// The number of rounds, and the crate to measure, if not all.
fn options(arguments: Vec<OsString>) -> Outcome<(usize, Option<String>)> {
    use lexopt::prelude::*;

    let (mut rounds, mut only) = (3, None);
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("rounds") => rounds = parser.value()?.parse::<usize>()?.max(1),
            Long("only") => {
                let name = parser.value()?.string()?;
                if !CRATES.iter().any(|(known, ..)| *known == name) {
                    return Err(format!("no crate `{name}`: calling, parsing").into());
                }
                only = Some(name);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Ok((rounds, only))
}

impl Variant {
    fn new(name: &str, functions: Functions, instrumentation: Instrumentation) -> Outcome<Self> {
        eprintln!("{name}: dependencies of {}", instrumentation.name);
        let folder = target("macro-cost").join(name).join(instrumentation.name.replace(", ", "-"));
        let few = Generated::functions(&folder, instrumentation, functions, 1)?;
        for build in BUILDS {
            few.build(build)?;
        }
        let few = sizes(&few)?;
        let many = Generated::functions(&folder, instrumentation, functions, FUNCTIONS)?;
        Ok(Self { instrumentation, many, few, took: Default::default() })
    }

    fn measure(&mut self) -> Outcome {
        for (build, (passed, used)) in BUILDS.into_iter().zip(&mut self.took) {
            self.many.touch()?;
            let (start, before) = (Instant::now(), processor::used_by_children()?);
            self.many.build(build)?;
            passed.push(start.elapsed().as_secs_f64());
            used.push((processor::used_by_children()? - before).as_secs_f64());
        }
        Ok(())
    }

    fn cost(&mut self) -> Outcome<Cost> {
        let (size, file) = sizes(&self.many)?;
        let added = size.beyond(self.few.0);
        Ok(Cost {
            took: self.took.each_mut().map(|(passed, used)| (median(passed), median(used))),
            loaded: added.loaded as f64,
            code_and_data: added.code_and_data as f64,
            file: (file - self.few.1) as f64,
        })
    }
}

/// Sizes of what is loaded, and of the file.
fn sizes(generated: &Generated) -> Outcome<(Size, u64)> {
    let binary = generated.binary();
    Ok((Size::of(&binary)?, fs::metadata(&binary)?.len()))
}

fn print(name: &str, variants: &mut [Variant]) -> Outcome {
    let mut table = table(&[
        name,
        "release, ms",
        "processor",
        "debug, ms",
        "processor",
        "check, ms",
        "processor",
        "code and data, bytes",
        "all loaded, bytes",
        "file, bytes",
    ]);
    let mut plain = None;
    for variant in variants {
        let cost = variant.cost()?;
        let plain: &Cost = plain.get_or_insert(variant.cost()?);
        let built = (2 * FUNCTIONS) as f64;
        let times = cost.took.iter().zip(&plain.took).flat_map(|(with, without)| {
            [with.0 - without.0, with.1 - without.1].map(|added| added * 1e3 / built)
        });
        let beyond_few = (2 * (FUNCTIONS - 1)) as f64;
        let bytes = [
            cost.code_and_data - plain.code_and_data,
            cost.loaded - plain.loaded,
            cost.file - plain.file,
        ];
        let mut row = vec![variant.instrumentation.name.to_owned()];
        row.extend(times.map(|added| format!("{added:.2}")));
        row.extend(bytes.map(|added| format!("{:.0}", added / beyond_few)));
        table.add_row(row);
    }
    println!("Added to the build of each function ({name}):\n{table}");
    Ok(())
}
