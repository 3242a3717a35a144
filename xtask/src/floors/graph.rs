//! Finds circles, and layers without them.

use super::Imports;
use std::collections::{BTreeMap, BTreeSet};

/// Sets of nodes each of which reaches all others of its set, two at least.
pub(super) fn circles<'a>(imports: &Imports<&'a str>) -> Vec<BTreeSet<&'a str>> {
    let nodes: BTreeSet<&str> = imports.keys().flat_map(|(from, to)| [*from, *to]).collect();
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        nodes.iter().map(|node| (*node, reached(node, imports))).collect();
    let mut found: Vec<BTreeSet<&str>> = Vec::new();
    for node in nodes {
        if found.iter().any(|circle| circle.contains(node)) || !reach[node].contains(node) {
            continue;
        }
        let back = reach[node].iter().filter(|other| reach[**other].contains(node));
        found.push(back.copied().collect());
    }
    found
}

fn reached<'a>(from: &str, imports: &Imports<&'a str>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut left = vec![from];
    while let Some(node) = left.pop() {
        for (_, to) in imports.keys().filter(|(from, _)| *from == node) {
            if reached.insert(*to) {
                left.push(to);
            }
        }
    }
    reached
}

/// The nodes from the bottom up, each above all that it imports. Where a circle is in the way, the node comes
/// first that is imported by the most and imports the least of what is left (the heuristic of Eades, Lin and
/// Smyth).
pub(super) fn layers<'a>(
    nodes: &BTreeSet<&'a str>,
    imports: &Imports<&'a str>,
) -> Vec<BTreeSet<&'a str>> {
    let mut left = nodes.clone();
    let (mut bottom, mut top) = (Vec::new(), Vec::new());
    while !left.is_empty() {
        let among = || imports.keys().filter(|(from, to)| left.contains(from) && left.contains(to));
        let importing = |node: &str| among().filter(|(from, _)| *from == node).count() as isize;
        let imported = |node: &str| among().filter(|(_, to)| *to == node).count() as isize;
        let without = |count: &dyn Fn(&str) -> isize| -> BTreeSet<&'a str> {
            left.iter().copied().filter(|node| count(node) == 0).collect()
        };
        let (low, high) = (without(&importing), without(&imported));
        let layer: BTreeSet<&str> = if !low.is_empty() {
            low
        } else if !high.is_empty() {
            high
        } else {
            let best = left.iter().copied().max_by_key(|node| imported(node) - importing(node));
            best.into_iter().collect()
        };
        let is_high = layer.iter().all(|node| importing(node) > 0 && imported(node) == 0);
        if is_high {
            top.push(layer.clone())
        } else {
            bottom.push(layer.clone())
        }
        left.retain(|node| !layer.contains(node));
    }
    top.reverse();
    bottom.extend(top);
    bottom
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imports(pairs: &[(&'static str, &'static str)]) -> Imports<&'static str> {
        pairs.iter().map(|pair| (*pair, String::new())).collect()
    }

    #[test]
    fn a_circle_is_found_whole_and_once() {
        let imports = imports(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("e", "a")]);
        assert_eq!(circles(&imports), [BTreeSet::from(["a", "b", "c"])]);
    }

    #[test]
    fn what_imports_stands_above_what_is_imported() {
        let imports = imports(&[("top", "middle"), ("middle", "low"), ("top", "low")]);
        let layers = layers(&BTreeSet::from(["top", "middle", "low", "alone"]), &imports);
        let expected = [&["alone", "low"][..], &["middle"], &["top"]];
        assert_eq!(layers, expected.map(|names| names.iter().copied().collect()));
    }
}
