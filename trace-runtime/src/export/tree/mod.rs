//! Shows a trace as a tree for people: arranged, then laid out as lines of labelled text.
//!
//! Nothing here depends on colours or terminals: each piece of text has a [`Role`], and
//! the printer decides how that looks.

mod arrange;
mod details;
mod format;
mod layout;
mod line;
mod options;

pub use layout::layout;
pub use line::{Line, Role};
pub use options::TreeOptions;

#[cfg(all(feature = "console", feature = "logs"))]
pub(crate) use format::{float, name, text};

#[cfg(test)]
mod tests;
