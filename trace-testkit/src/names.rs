//! Lists the names that exist, and suggests the one that was meant.

use crate::runtime::escape;
use std::collections::BTreeMap;
use std::fmt;

/// Escapes a name of the program under test, so that it ends no line and moves no cursor.
pub(crate) fn shown(name: &str) -> impl fmt::Display {
    escape::line(name).cut(256)
}

/// Returns the name whose spelling is closest to `written`, if it is close enough to be a typo.
pub(crate) fn nearest<'a>(
    written: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = written.to_lowercase();
    let limit = (lower.chars().count() / 3).max(1);
    names
        .into_iter()
        .map(|name| (strsim::osa_distance(&lower, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// Returns `` there are `a`, `b` (3 times) and 12 more ``: each name once, in alphabetical order.
pub(crate) fn available<'a>(what: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 20;
    let mut counts = BTreeMap::<&str, usize>::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut listed: Vec<String> = counts
        .iter()
        .take(SHOWN)
        .map(|(name, count)| match count {
            1 => format!("`{}`", shown(name)),
            _ => format!("`{}` ({count} times)", shown(name)),
        })
        .collect();
    if counts.len() > SHOWN {
        listed.push(format!("{} more", counts.len() - SHOWN));
    }
    match listed.pop() {
        None => format!("there are no {what} at all"),
        Some(last) if listed.is_empty() => format!("there is only {last}"),
        Some(last) => format!("the {what} are {} and {last}", listed.join(", ")),
    }
}

/// Combines both into one hint for a missing name.
pub(crate) fn hint<'a>(
    what: &str,
    written: Option<&str>,
    names: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    let available = available(what, names.clone());
    match written.and_then(|written| nearest(written, names)) {
        Some(name) => format!("did you mean `{}`? {available}", shown(name)),
        None => available,
    }
}
