//! Finds the known name that was probably meant.

/// Returns the known name that is most like an unknown one.
pub(crate) fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    best(name, known, |length| (length / 3).max(1))
}

/// Returns the known name of which an unknown one is a misspelling, where unknown names are allowed.
pub(crate) fn misspelt(name: &str, known: &[&'static str]) -> Option<&'static str> {
    best(name, known, |length| (length / 4).clamp(1, 2))
}

fn best(name: &str, known: &[&'static str], most: impl Fn(usize) -> usize) -> Option<&'static str> {
    // Comparing takes time that grows with the square of the length.
    if name.len() > 100 {
        return None;
    }
    let name = plain(name);
    let distance = |known: &&'static str| {
        let known = plain(known);
        // The suffix of keys in development is often left out.
        let bare = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
        let pairs = [(name.clone(), known.clone()), (bare(&name), bare(&known))];
        let distances = pairs.iter().filter_map(|(name, known)| {
            let length = name.chars().count().max(known.chars().count());
            let distance = strsim::damerau_levenshtein(name, known);
            (distance <= most(length)).then_some(distance)
        });
        distances.min()
    };
    let candidates = known.iter().filter_map(|known| Some((distance(known)?, *known)));
    candidates.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// Returns a name without what people mix up: case and hyphens.
fn plain(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}
