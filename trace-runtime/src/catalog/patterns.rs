//! Patterns of names that match no function: a mistake, if a function has a similar name.

use super::Catalog;
use crate::sampling::Glob;

/// How similar two names must be, from 0 to 1.
const SIMILAR: f64 = 0.75;

/// Returns the patterns that match no function's spans, each with the most similar name. Patterns without
/// a similar name are not among them: spans that are not of functions have names, too.
pub(crate) fn without_match(catalog: &Catalog, patterns: &[String]) -> Vec<(String, &'static str)> {
    let spans = catalog.sites().iter().filter_map(|site| site.span.as_ref());
    let names: Vec<&'static str> = spans.map(|span| span.name).collect();
    let is_unmatched = |pattern: &&String| {
        let glob = Glob::new(pattern);
        !names.iter().any(|name| glob.matches(name))
    };
    let unmatched = patterns.iter().filter(is_unmatched);
    unmatched.filter_map(|pattern| Some((pattern.clone(), nearest(pattern, &names)?))).collect()
}

/// Returns whether a function has this path.
///
/// # Errors
/// If there is none: the most similar path, if one is similar.
pub(crate) fn find_function(catalog: &Catalog, path: &str) -> Result<(), Option<&'static str>> {
    let paths: Vec<&'static str> = catalog.sites().iter().map(|site| site.function).collect();
    if paths.contains(&path) {
        return Ok(());
    }
    Err(nearest(path, &paths))
}

/// Returns the name that is most similar to what a pattern names.
fn nearest<'a>(pattern: &str, names: &[&'a str]) -> Option<&'a str> {
    let literal = pattern.trim_matches('*');
    let similarity = |name: &str| {
        let length = literal.chars().count();
        // As much of the name as the pattern has beside a `*` at its end or its beginning.
        let excess = name.chars().count().saturating_sub(length);
        let part: String = match (pattern.starts_with('*'), pattern.ends_with('*')) {
            (false, true) => name.chars().take(length).collect(),
            (true, false) => name.chars().skip(excess).collect(),
            _ => name.to_owned(),
        };
        strsim::normalized_damerau_levenshtein(literal, &part)
    };
    let rated = names.iter().map(|name| (similarity(name), *name));
    let (similarity, name) = rated.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (similarity >= SIMILAR).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["checkout", "tool.property.list", "tool.dns.change", "charge_card"];

    #[test]
    fn a_pattern_is_like_the_name_that_it_misspells() {
        for (pattern, name) in [
            ("chekout", Some("checkout")),
            ("tool.proprety.*", Some("tool.property.list")),
            ("tool.dns.chnage", Some("tool.dns.change")),
            ("*_crad", Some("charge_card")),
            ("Checkout", Some("checkout")),
            ("GET /users", None),
            ("*", None),
        ] {
            assert_eq!(nearest(pattern, &NAMES), name, "{pattern}");
        }
        assert_eq!(nearest("checkout", &[]), None);
    }
}
