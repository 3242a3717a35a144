//! Takes the tokens of each macro from the compiler and hands them to its expansion.

use quote::quote;

use super::{attribute, derive, span as block};
use crate::attribute::Macro;
use crate::hidden::Root;
use crate::model::reserved;

/// Expands `#[trace]`.
pub(crate) fn trace(
    root: Root,
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    attribute::expand(root, Macro::Trace, options.into(), item.into()).into()
}

/// Expands `#[metered]`.
pub(crate) fn metered(
    root: Root,
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    attribute::expand(root, Macro::Metered, options.into(), item.into()).into()
}

/// Expands `#[business_metric]`.
pub(crate) fn business_metric(
    root: Root,
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    attribute::expand(root, Macro::BusinessMetric, options.into(), item.into()).into()
}

/// Expands `#[derive(Label)]`.
pub(crate) fn label(root: Root, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive::label(root, item.into()).into()
}

/// Expands `span!`.
pub(crate) fn span(root: Root, input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    block::expand(root, input.into()).into()
}

/// Expands `__reserved_labels!` to a slice of reasons, each with the names that it rules out.
pub(crate) fn reserved_labels() -> proc_macro::TokenStream {
    let rows = reserved::names(true).map(|(why, names)| quote!((#why, &[#(#names),*])));
    quote!(&[#(#rows),*]).into()
}
