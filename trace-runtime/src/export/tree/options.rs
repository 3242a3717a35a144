//! Options of the layout of trees.

/// How a tree is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TreeOptions {
    /// Columns; attributes that go beyond flow onto lines of their own.
    pub width: usize,
    /// From so many equal siblings on, one line stands for all of them.
    pub collapse_from: usize,
    /// Lines for the children of one span at most; the others are counted.
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

    /// Sets from how many equal siblings on one line stands for all of them.
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

    /// Prints durations and bars, or not.
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
