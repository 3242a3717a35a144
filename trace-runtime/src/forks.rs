//! Distinguishes a process from the children that it forks.

use crate::recorder::fork;

/// What was made in this process; a child inherits a copy of it, whose threads it does not have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin(u32);

impl Origin {
    /// This process.
    pub(crate) fn here() -> Self {
        Self(fork::count())
    }

    /// Whether it is of this process.
    pub(crate) fn is_here(self) -> bool {
        self.0 == fork::count()
    }
}
