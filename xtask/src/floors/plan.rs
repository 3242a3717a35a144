//! Reads the floors of each crate.

use crate::Outcome;
use crate::sources::Sources;
use std::collections::BTreeSet;

/// The floors of a crate.
pub(super) struct Plan {
    pub(super) name: String,
    /// Its `lib.rs` or `main.rs`, which stands above all floors.
    pub(super) root: String,
    pub(super) storeys: Vec<Storey>,
    pub(super) allowed: Vec<Allowed>,
    pub(super) circles: Vec<BTreeSet<String>>,
}

/// A module, with all below it that is not listed itself, and the floor on which it stands; 1 is the lowest.
pub(super) struct Storey {
    pub(super) name: String,
    pub(super) floor: usize,
}

/// An import that does not go down.
pub(super) struct Allowed {
    pub(super) from: String,
    pub(super) to: String,
}

impl Allowed {
    pub(super) fn is(&self, from: &str, to: &str) -> bool {
        self.from == from && self.to == to
    }
}

impl Plan {
    pub(super) fn parse_all(text: &str) -> Outcome<Vec<Self>> {
        let mut plans: Vec<Self> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            if let Some((name, root)) = line.strip_prefix('[').and_then(|it| it.split_once(']')) {
                plans.push(Self {
                    name: name.to_owned(),
                    root: root.trim().to_owned(),
                    storeys: Vec::new(),
                    allowed: Vec::new(),
                    circles: Vec::new(),
                });
                continue;
            }
            plans
                .last_mut()
                .and_then(|plan| plan.add(line))
                .ok_or_else(|| format!("xtask/floors.txt:{}: cannot read `{line}`", number + 1))?;
        }
        for plan in &mut plans {
            // Written from the top down, as a house stands; counted from the ground.
            let highest = plan.storeys.iter().map(|it| it.floor).max().unwrap_or(0);
            plan.storeys.iter_mut().for_each(|storey| storey.floor = highest + 1 - storey.floor);
        }
        Ok(plans)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let (word, rest) = line.split_once(' ')?;
        match word {
            "floor" => {
                let floor = self.storeys.last().map_or(0, |last| last.floor) + 1;
                let names = rest.split_whitespace().map(str::to_owned);
                self.storeys.extend(names.map(|name| Storey { name, floor }));
            }
            "allow" => {
                let (from, to) = rest.split_once("->")?;
                self.allowed.push(Allowed { from: from.trim().into(), to: to.trim().into() });
            }
            "circle" => {
                self.circles.push(rest.split_whitespace().map(str::to_owned).collect());
            }
            _ => return None,
        }
        Some(())
    }

    /// Where a module stands: the listed one that is nearest around it.
    pub(super) fn storey_of(&self, module: &str) -> Option<&str> {
        let is_around = |storey: &&Storey| {
            module
                .strip_prefix(&storey.name)
                .is_some_and(|it| it.is_empty() || it.starts_with("::"))
        };
        let around = self.storeys.iter().filter(is_around);
        around.map(|storey| storey.name.as_str()).max_by_key(|name| name.len())
    }

    /// Modules that stand nowhere, and names that are no module.
    pub(super) fn unlisted(&self, sources: &Sources) -> Vec<String> {
        let missing = sources.top_modules().filter(|name| {
            let is_below =
                |it: &Storey| it.name == *name || it.name.starts_with(&format!("{name}::"));
            !self.storeys.iter().any(is_below)
        });
        let missing =
            missing.map(|name| format!("{}: the module `{name}` has no floor.", self.name));
        let unknown = self.storeys.iter().filter(|it| !sources.has(&it.name));
        let unknown = unknown.map(|it| format!("{}: there is no module `{}`.", self.name, it.name));
        missing.chain(unknown).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_are_written_from_the_top_and_counted_from_the_ground() {
        let text = "# A house.\n[a] a/src/lib.rs\nfloor attic\nfloor x y::z\nallow x -> attic\n";
        let plans = Plan::parse_all(text).unwrap();
        let storeys: Vec<_> =
            plans[0].storeys.iter().map(|it| (it.name.as_str(), it.floor)).collect();
        assert_eq!(storeys, [("attic", 2), ("x", 1), ("y::z", 1)]);
        assert!(plans[0].allowed[0].is("x", "attic"));
        assert_eq!(plans[0].storey_of("y::z::deep"), Some("y::z"));
        assert_eq!(plans[0].storey_of("y::zebra"), None);
        assert!(Plan::parse_all("[a] lib.rs\nroof b\n").is_err());
    }
}
