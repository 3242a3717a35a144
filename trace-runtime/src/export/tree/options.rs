//! Options of the layout of trees.

/// The layout of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TreeOptions {
    /// The number of columns; attributes beyond it flow onto separate lines.
    pub width: usize,
    /// The number of equal siblings from which one line represents all of them.
    pub collapse_from: usize,
    /// The maximum number of lines for the children of one span; the others are counted.
    pub max_children: usize,
    /// Whether durations and the bars that show when each span ran are printed.
    pub times: bool,
}

impl TreeOptions {
    /// Sets the number of columns.
    #[must_use]
    pub fn with_width(mut self, columns: usize) -> Self {
        self.width = columns;
        self
    }

    /// Sets the number of equal siblings from which one line represents all of them.
    #[must_use]
    pub fn with_collapse_from(mut self, siblings: usize) -> Self {
        self.collapse_from = siblings;
        self
    }

    /// Sets the number of lines for the children of one span.
    #[must_use]
    pub fn with_max_children(mut self, lines: usize) -> Self {
        self.max_children = lines;
        self
    }

    /// Sets whether durations and bars are printed.
    #[must_use]
    pub fn with_times(mut self, times: bool) -> Self {
        self.times = times;
        self
    }
}

impl Default for TreeOptions {
    fn default() -> Self {
        Self { width: 120, collapse_from: 4, max_children: 60, times: true }
    }
}
