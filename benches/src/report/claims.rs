//! The figures that this workspace asks of itself, and whether a run met them.

use serde::Serialize;

use super::table::nanoseconds;
use crate::candidate::Candidate;
use crate::operation::Operation;
use crate::ours::Ours;
use crate::round::{Case, Figure};
use crate::sustained::Sustained;

/// One line: what is asked, what was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Claim {
    /// What is measured.
    pub what: String,
    /// The figure asked for.
    pub asked: String,
    /// The figure measured.
    pub measured: String,
    /// Spans and counts lost while it was measured.
    pub lost: u64,
    /// Whether it was met; a figure with losses is not.
    pub met: bool,
}

/// All claims that these figures bear on; those that were not measured are left out.
pub fn claims(figures: &[Figure], sustained: &[Sustained]) -> Vec<Claim> {
    let figures = Figures(figures);
    let own = Ours.name();
    [
        figures.floors(Operation::Child, 1.3),
        figures.floors(Operation::ChildAttributes, 1.3),
        figures.floors(Operation::AsyncReady, 2.0),
        figures.absolute(Operation::Off, 1.0),
        figures.absolute(Operation::Unsampled, 4.0),
        figures.against("fastrace", Operation::Child, 3.0),
        figures.against("fastrace", Operation::ChildAttributes, 10.0),
        figures.against("opentelemetry_sdk", Operation::Child, 10.0),
        figures.against("opentelemetry_sdk", Operation::ChildAttributes, 10.0),
        figures.against("tracing-otel", Operation::Child, 40.0),
        figures.against("tracing-otel", Operation::ChildAttributes, 40.0),
        figures.against("tracing-otel (defaults)", Operation::Child, 40.0),
        figures.against("tracing-otel (defaults)", Operation::ChildAttributes, 40.0),
        figures.floors(Operation::Metered, 1.3),
        figures.floors(Operation::MeteredLabels, 1.3),
        figures.absolute(Operation::Counted, 10.0),
        figures.times(one(Operation::ChildMeteredCounted), one(Operation::Child), 1.25),
        figures.times(two(Operation::Metered), one(Operation::Metered), 1.3),
        figures.against("autometrics", Operation::Metered, 8.0),
    ]
    .into_iter()
    .chain(sustained.iter().filter(|load| load.candidate == own).map(|load| Some(steady(load))))
    .flatten()
    .collect()
}

/// On one thread.
fn one(operation: Operation) -> Case {
    Case { operation, threads: 1 }
}

/// On two threads.
fn two(operation: Operation) -> Case {
    Case { operation, threads: 2 }
}

struct Figures<'a>(&'a [Figure]);

impl Figures<'_> {
    fn find(&self, candidate: &str, case: Case) -> Option<&Figure> {
        let case = case.title();
        self.0.iter().find(|figure| figure.candidate == candidate && figure.case == case)
    }

    fn floors(&self, operation: Operation, most: f64) -> Option<Claim> {
        let figure = self.find(Ours.name(), one(operation))?;
        let floors = figure.floors?;
        Some(Claim {
            what: figure.case.clone(),
            asked: format!("≤ {most} × floor"),
            measured: format!("{floors:.2} × floor"),
            lost: figure.lost,
            met: floors <= most && figure.lost == 0,
        })
    }

    fn absolute(&self, operation: Operation, most: f64) -> Option<Claim> {
        let figure = self.find(Ours.name(), one(operation))?;
        Some(Claim {
            what: figure.case.clone(),
            asked: format!("≤ plain + {most} ns"),
            measured: format!("plain + {} ns", nanoseconds(figure.added_ns)),
            lost: figure.lost,
            met: figure.added_ns <= most && figure.lost == 0,
        })
    }

    fn times(&self, case: Case, than: Case, most: f64) -> Option<Claim> {
        let more = self.find(Ours.name(), case)?;
        let less = self.find(Ours.name(), than)?;
        let times = more.added_ns / less.added_ns;
        Some(Claim {
            what: format!("{}, against {}", more.case, less.case),
            asked: format!("≤ {most} ×"),
            measured: format!("{times:.2} ×"),
            lost: more.lost + less.lost,
            met: times <= most && more.lost + less.lost == 0,
        })
    }

    fn against(&self, peer: &str, operation: Operation, least: f64) -> Option<Claim> {
        let own = self.find(Ours.name(), one(operation))?;
        let peer = self.find(peer, one(operation))?;
        let cheaper = peer.added_ns / own.added_ns;
        Some(Claim {
            what: format!("{}, against {}", own.case, peer.candidate),
            asked: format!("≥ {least} × cheaper"),
            measured: format!("{cheaper:.1} × cheaper"),
            lost: own.lost + peer.lost,
            met: cheaper >= least && own.lost == 0,
        })
    }
}

fn steady(load: &Sustained) -> Claim {
    // A run that could not produce the load shows nothing about keeping up with it.
    let reached = load.reached_per_second >= 0.99 * load.asked_per_second;
    Claim {
        what: format!("sustained load, {:.0} s", load.seconds),
        asked: format!("{:.0} spans/s, none lost", load.asked_per_second),
        measured: format!("{:.0} spans/s, {} lost", load.reached_per_second, load.lost),
        lost: load.lost,
        met: reached && load.lost == 0,
    }
}
