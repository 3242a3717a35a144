//! Collects mistakes, so that all of them are reported at once.

use proc_macro2::TokenStream;
use quote::quote;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors {
    found: Option<syn::Error>,
}

impl Errors {
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.found {
            Some(found) => found.combine(error),
            None => self.found = Some(error),
        }
    }

    /// The expression, with the mistakes before it.
    pub(crate) fn before(self, expression: &TokenStream) -> TokenStream {
        match self.found.map(syn::Error::into_compile_error) {
            Some(errors) => quote!({ #errors #expression }),
            None => expression.clone(),
        }
    }
}

/// ``; did you mean `kind`?``, or nothing if no candidate is close.
pub(crate) fn did_you_mean<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    let limit = (written.chars().count() / 3).max(1);
    let near = candidates
        .into_iter()
        .map(|word| (strsim::osa_distance(&written.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= limit)
        .min();
    near.map(|(_, word)| format!("; did you mean `{word}`?")).unwrap_or_default()
}
