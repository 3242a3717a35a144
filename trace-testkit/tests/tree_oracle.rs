//! Compares tree assertions with an oracle that tries every assignment.

use proptest::prelude::*;
use std::sync::Arc;
use trace_runtime::propagation::{SpanId, TraceId};
use trace_testkit::model::SpanData;
use trace_testkit::source::Snapshot;
use trace_testkit::{Recorded, SpanPattern, Tree};

/// A child: its name, its number, and whether it ran beside the others.
#[derive(Clone, Debug)]
struct Child {
    name: char,
    number: i64,
    parallel: bool,
}

/// An expected child: its name, its number if that matters, how many times.
#[derive(Clone, Debug)]
struct Expected {
    name: char,
    number: Option<i64>,
    least: usize,
    most: usize,
}

#[derive(Clone, Debug)]
struct Case {
    children: Vec<Child>,
    groups: Vec<Vec<Expected>>,
    open: bool,
}

impl Case {
    fn fits(&self) -> bool {
        // Each place: its group, and what is expected there.
        let mut places = Vec::new();
        for (group, patterns) in self.groups.iter().enumerate() {
            for (index, pattern) in patterns.iter().enumerate() {
                for time in 0..pattern.most.min(self.children.len().max(pattern.least)) {
                    // One after the other: single patterns are ordered among themselves too.
                    let order = if patterns.len() == 1 { (group, time) } else { (group, 0) };
                    places.push((order, index, pattern, time < pattern.least));
                }
            }
        }
        self.assign(0, &mut vec![None; places.len()], &places)
    }

    fn assign(
        &self,
        child: usize,
        taken: &mut Vec<Option<usize>>,
        places: &[((usize, usize), usize, &Expected, bool)],
    ) -> bool {
        let Some(span) = self.children.get(child) else {
            return places
                .iter()
                .zip(taken)
                .all(|((.., required), held)| !required || held.is_some());
        };
        for place in 0..places.len() {
            let (order, _, pattern, _) = places[place];
            let in_order = || {
                places.iter().zip(&*taken).all(|((other, ..), held)| {
                    held.is_none_or(|held| self.children[held].parallel || *other <= order)
                })
            };
            let fits = pattern.name == span.name
                && pattern.number.is_none_or(|number| number == span.number)
                && taken[place].is_none();
            if fits && (span.parallel || in_order()) {
                taken[place] = Some(child);
                if self.assign(child + 1, taken, places) {
                    return true;
                }
                taken[place] = None;
            }
        }
        self.open && self.assign(child + 1, taken, places)
    }

    fn recorded(&self) -> Recorded {
        let span = |id: usize, parent, name: String| {
            let mut span = SpanData::new(name);
            span.trace_id = TraceId::from_u128(1);
            span.span_id = SpanId::from_u64(id as u64);
            span.parent_span_id = SpanId::from_u64(parent);
            span.order = id as u64;
            span
        };
        let children = self.children.iter().enumerate().map(|(index, child)| {
            let mut span = span(index + 2, 1, child.name.to_string());
            span.parallel = child.parallel;
            span.with_attribute("n", child.number)
        });
        let root = span(1, 0, "r".to_owned());
        Recorded::new(Arc::new(Snapshot::of_spans(children.chain([root]))))
    }

    fn tree(&self) -> Tree {
        let pattern = |expected: &Expected| -> SpanPattern {
            let pattern =
                Tree::span(expected.name.to_string()).times(expected.least..=expected.most);
            match expected.number {
                Some(number) => pattern.has("n", number),
                None => pattern,
            }
        };
        let root = self.groups.iter().fold(Tree::span("r"), |root, group| match &group[..] {
            [one] => root.child(pattern(one)),
            several => root.unordered(several.iter().map(pattern)),
        });
        if self.open { root.further().into() } else { root.into() }
    }
}

fn names() -> impl Strategy<Value = char> {
    prop::sample::select(vec!['a', 'b'])
}

fn expected() -> impl Strategy<Value = Expected> {
    (names(), prop::option::of(0..2_i64), 0..3_usize, 0..2_usize).prop_map(
        |(name, number, least, more)| Expected { name, number, least, most: least + more },
    )
}

prop_compose! {
    fn cases()(
        children in prop::collection::vec(
            (names(), 0..2_i64, any::<bool>())
                .prop_map(|(name, number, parallel)| Child { name, number, parallel }),
            0..6,
        ),
        groups in prop::collection::vec(prop::collection::vec(expected(), 1..3), 0..4),
        open in any::<bool>(),
    ) -> Case {
        Case { children, groups, open }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn only_matching_trees_pass(case in cases()) {
        let report = case.recorded().try_assert_tree(case.tree());
        prop_assert_eq!(report.is_ok(), case.fits(), "{:?}\n{:?}", case, report);
        if let Err(report) = report {
            prop_assert!(!report.mismatches().is_empty(), "{:?}", case);
        }
    }
}
