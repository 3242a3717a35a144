//! Keys of attributes, baggage entries and labels.

use proc_macro2::Span;

/// A key and where it was written.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl Key {
    /// The key of a variable or field that stands alone.
    pub(super) fn of_variable(self) -> Self {
        let text = self.text.strip_prefix("self.").map(str::to_owned);
        Self { text: text.unwrap_or(self.text), ..self }
    }
}

/// A part of a list in which each key occurs once.
pub(crate) trait Keyed {
    fn key(&self) -> &Key;
}
