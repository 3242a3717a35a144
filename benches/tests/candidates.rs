//! Every candidate measures what its operations say: as many spans, parents, attributes, events and
//! counts as the tables claim, none of them lost.

use std::error::Error;
use std::process::Command;

use trace_benches::candidate::{BURST, Candidate, Load};
use trace_benches::candidates::CANDIDATES;
use trace_benches::export::count::Counts;
use trace_benches::operation::{Operation, warm_up};
use trace_benches::round::Figure;

const CALLS: u64 = (BURST + warm_up(BURST)) as u64;

/// What one burst delivers, if the candidate has such an operation.
fn delivered(candidate: &dyn Candidate, operation: Operation) -> Option<Counts> {
    candidate.settle();
    let before = candidate.received();
    let burst = candidate.burst(operation, BURST)?;
    candidate.settle();
    let after = candidate.received();
    let counts = Counts {
        spans: after.spans - before.spans,
        children: after.children - before.children,
        attributes: after.attributes - before.attributes,
        events: after.events - before.events,
        logs: after.logs - before.logs,
        counted: after.counted - before.counted,
    };
    assert_eq!(counts.records(), burst.records, "{}, {operation:?}: records", candidate.name());
    Some(counts)
}

fn check(candidate: &dyn Candidate) {
    let name = candidate.name();
    candidate.burst(Operation::Off, BURST);
    candidate.install(Load::Burst);
    check_metrics(candidate);
    // What the candidate puts on every span by itself, such as the source location.
    let Some(bare) = delivered(candidate, Operation::Child) else { return };
    for operation in &Operation::SPANS[1..] {
        let Some(counts) = delivered(candidate, *operation) else { continue };
        let children = match operation {
            Operation::Unsampled => {
                assert_eq!(counts, Counts::default(), "{name}, {operation:?}");
                continue;
            }
            Operation::Root => 0,
            _ => CALLS,
        };
        assert_eq!(counts.children, children, "{name}, {operation:?}: children");
        let events = if *operation == Operation::Error { CALLS } else { 0 };
        assert_eq!(counts.events, events, "{name}, {operation:?}: events");
        if *operation == Operation::ChildAttributes {
            assert_eq!(counts.attributes, bare.attributes + 3 * CALLS, "{name}: attributes");
        }
    }
    if let Some(rich) = delivered(candidate, Operation::ChildRich) {
        assert_eq!(rich.attributes, bare.attributes + 12 * CALLS, "{name}: attributes");
        assert_eq!(rich.events, CALLS, "{name}: events");
    }
    if let Some(rich) = delivered(candidate, Operation::ChildRich) {
        assert_eq!(rich.attributes, bare.attributes + 12 * CALLS, "{name}: attributes");
        assert_eq!(rich.events, CALLS, "{name}: events");
    }
}

fn check_metrics(candidate: &dyn Candidate) {
    for operation in &Operation::METRICS {
        let Some(counts) = delivered(candidate, *operation) else { continue };
        let (spans, counted) = match operation {
            // Its parent as well.
            Operation::ChildMeteredCounted => (CALLS + 1, 2 * CALLS),
            _ => (0, CALLS),
        };
        let name = candidate.name();
        assert_eq!((counts.spans, counts.counted), (spans, counted), "{name}, {operation:?}");
    }
}

#[test]
fn bursts_deliver_what_they_claim() {
    for candidate in CANDIDATES.into_iter().filter(|it| !it.is_alone()) {
        check(candidate);
    }
}

/// In separate processes, as the program measures them.
#[test]
fn candidates_that_are_alone_deliver_what_they_claim() -> Result<(), Box<dyn Error>> {
    for candidate in CANDIDATES.into_iter().filter(|it| it.is_alone()) {
        let output = Command::new(env!("CARGO_BIN_EXE_overhead"))
            .args(["--bursts", candidate.name(), "--rounds", "2"])
            .output()?;
        let figures: Vec<Figure> = serde_json::from_slice(&output.stdout)?;
        assert!(figures.iter().any(|figure| figure.records > 0), "{}", candidate.name());
        for figure in figures {
            assert_eq!(figure.lost, 0, "{}, {}", figure.candidate, figure.case);
        }
    }
    Ok(())
}
