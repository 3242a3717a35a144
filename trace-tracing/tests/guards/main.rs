//! Tests guards of all kinds, dropped in any order: the last one that is still alive determines what is
//! current, and nothing is current once all are dropped.
//!
//! Random programs are compared with a model, which is a list. `GUARD_OPERATIONS` and `GUARD_SEEDS` set
//! their length and number:
//!
//! ```text
//! GUARD_OPERATIONS=10000 GUARD_SEEDS=1000 cargo test --release -p trace-tracing --test guards
//! ```

mod model;
mod orders;
mod program;
mod smallest;

use program::{Operation, Program, operations};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use smallest::smallest;
use tracing_subscriber::prelude::*;

fn number(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |number| number.parse().expect("a number"))
}

fn check(is_live: bool) {
    let (operations_at_most, cases) = (number("GUARD_OPERATIONS", 80), number("GUARD_SEEDS", 50));
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    let at_least = operations_at_most as usize / 2;
    let operations = operations(at_least..operations_at_most as usize + 1);
    // The same programs in each run, unless more are asked for.
    let mut runner = match std::env::var_os("GUARD_SEEDS") {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let run = |operations: &_| run(is_live, operations).map_err(TestCaseError::fail);
    match runner.run(&operations, |operations| run(&operations)) {
        Ok(()) => {}
        Err(TestError::Fail(_, operations)) => {
            let smallest = smallest(operations, |fewer| run(fewer).is_err());
            panic!("{:?}: {smallest:?}", run(&smallest));
        }
        Err(failure) => panic!("{failure}"),
    }
}

/// Runs a program on a separate thread, because a failing one may leave something current.
fn run(is_live: bool, operations: &[Operation]) -> Result<(), String> {
    let run = || {
        let subscriber = tracing_subscriber::registry().with(trace_tracing::layer());
        let _subscriber = tracing::subscriber::set_default(subscriber);
        Program::run(is_live, operations)
    };
    std::thread::scope(|threads| threads.spawn(run).join()).expect("no step panics")
}

#[test]
fn what_is_current_was_made_so_last_of_all_that_is_there() {
    check(true);
}

#[test]
fn the_same_goes_where_every_call_takes_the_slow_path() {
    check(false);
}
