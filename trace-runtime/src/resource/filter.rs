//! Selects the detected attributes that are kept.

use crate::sampling::Glob;

/// Patterns of names.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameFilter {
    /// `None`: all are included.
    pub(crate) included: Option<Vec<Glob>>,
    /// Names that are not kept, even if they are included.
    pub(crate) excluded: Vec<Glob>,
}

impl NameFilter {
    pub(crate) fn keeps(&self, name: &str) -> bool {
        let matches = |patterns: &[Glob]| patterns.iter().any(|pattern| pattern.matches(name));
        self.included.as_deref().is_none_or(matches) && !matches(&self.excluded)
    }
}
