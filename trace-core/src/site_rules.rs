//! Decides which sites have spans at all: by their level, by the switches of modules and functions, and by their
//! instrumentation scope.
//!
//! The answer for a site is kept in the site, so the text of a rule is compared once for each site and
//! change.

use crate::glob::Glob;
use crate::in_force::{InForce, Seen};
use crate::level::Level;
use crate::site::{Site, SiteInfo};
use std::sync::Arc;

/// The rules in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteRules {
    /// The most verbose level that is on where no rule for a module applies.
    pub level: Level,
    /// The levels of modules and what is in them; the longest path that fits decides.
    pub modules: Vec<(String, Level)>,
    /// Whether no site has spans.
    pub all_off: bool,
    /// Modules that are switched off, with what is in them.
    pub modules_off: Vec<String>,
    /// Functions that are switched off, by their path.
    pub functions_off: Vec<String>,
    /// Instrumentation scopes that are on and off.
    pub scopes: ScopeRules,
}

/// Which instrumentation scopes have spans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeRules {
    /// Whether those are off that no pattern matches.
    pub are_others_off: bool,
    /// Patterns of names, and whether what matches is on; the first decides.
    pub named: Vec<(Glob, bool)>,
}

impl ScopeRules {
    fn is_off(&self, scope: &str) -> bool {
        let named = self.named.iter().find(|(pattern, _)| pattern.matches(scope));
        named.map_or(self.are_others_off, |(_, is_on)| !is_on)
    }
}

/// What the rules say about a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SiteRule {
    /// It has spans.
    On,
    /// It has spans for requests at its level.
    Quiet,
    /// It has no spans.
    Off,
}

thread_local! {
    static SEEN: Seen<SiteRules> = const { Seen::nothing() };
}
static RULES: InForce<SiteRules> = InForce::new(&SEEN);

/// Holds this lock across forks.
pub fn keep_over_forks() {
    RULES.keep_over_forks();
}

/// Puts rules in force. Returns whether they concern sites of the default level.
pub fn install(rules: SiteRules) -> bool {
    let is_default = rules == SiteRules::default();
    RULES.set((!is_default).then(|| Arc::new(rules)));
    !is_default
}

/// Returns what the rules in force say about `site`.
pub(crate) fn rule_for(site: &'static Site) -> SiteRule {
    RULES.with(|rules| match rules {
        Some(rules) => rules.rule_for(site.span_level(), site.info()),
        None if site.span_level() > Level::default() => SiteRule::Quiet,
        None => SiteRule::On,
    })
}

impl SiteRules {
    /// Returns the level that is on in a module.
    pub fn level_in(&self, module: &str) -> Level {
        let rules = self.modules.iter().filter(|(path, _)| contains(path, module));
        rules.max_by_key(|(path, _)| path.len()).map_or(self.level, |(_, level)| *level)
    }

    /// Sets the level of a module and what is in it.
    pub fn set_module(&mut self, module: &str, level: Level) {
        self.modules.retain(|(known, _)| known != module);
        self.modules.push((module.to_owned(), level));
    }

    fn rule_for(&self, level: Level, site: &SiteInfo) -> SiteRule {
        let is_off = self.all_off
            || self.modules_off.iter().any(|path| contains(path, site.module))
            || self.functions_off.contains(&site.function)
            || self.scopes.is_off(site.scope);
        match level > self.level_in(site.module) {
            _ if is_off => SiteRule::Off,
            true => SiteRule::Quiet,
            false => SiteRule::On,
        }
    }
}

/// Reads levels: `info`, `shop::db=debug`, or several of them, separated by commas.
pub fn read_levels(text: &str) -> Option<SiteRules> {
    let mut rules = SiteRules::default();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            Some((module, level)) => rules.set_module(module.trim(), level.parse().ok()?),
            None => rules.level = part.parse().ok()?,
        }
    }
    Some(rules)
}

/// Returns whether a module is `path`, or in it.
fn contains(path: &str, module: &str) -> bool {
    let rest = module.strip_prefix(path);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    static DEBUG: Site =
        Site::new("load\0shop::db::cache\0src/cache.rs\x001.0.0\0", 1).level(Level::Debug);

    fn rule(rules: &SiteRules) -> SiteRule {
        rules.rule_for(DEBUG.span_level(), DEBUG.info())
    }

    #[test]
    fn the_longest_path_of_a_module_decides() {
        let mut rules = SiteRules::default();
        assert_eq!(rule(&rules), SiteRule::Quiet);
        rules.modules = vec![("shop::d".into(), Level::Trace), ("shop::db".into(), Level::Debug)];
        assert_eq!(rule(&rules), SiteRule::On);
        rules.modules.push(("shop::db::cache".into(), Level::Error));
        assert_eq!(rule(&rules), SiteRule::Quiet);
        assert_eq!(rules.level_in("shop::db::pool"), Level::Debug);
        assert_eq!(rules.level_in("shop"), Level::Info);
    }

    #[test]
    fn what_is_switched_off_is_off_at_any_level() {
        let mut rules = SiteRules { level: Level::Trace, ..SiteRules::default() };
        assert_eq!(rule(&rules), SiteRule::On);
        rules.functions_off = vec!["shop::db::load".into()];
        assert_eq!(rule(&rules), SiteRule::On);
        rules.functions_off.push("shop::db::cache::load".into());
        assert_eq!(rule(&rules), SiteRule::Off);
        rules.functions_off.clear();
        rules.modules_off = vec!["shop".into()];
        assert_eq!(rule(&rules), SiteRule::Off);
        rules.modules_off.clear();
        rules.scopes.are_others_off = true;
        assert_eq!(rule(&rules), SiteRule::Off);
        // The first that matches decides.
        rules.scopes.named = vec![(Glob::new("sh*"), true), (Glob::new("*"), false)];
        assert_eq!(rule(&rules), SiteRule::On);
        rules.scopes.named.reverse();
        assert_eq!(rule(&rules), SiteRule::Off);
    }
}
