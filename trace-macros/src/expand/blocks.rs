//! Puts the user's block into blocks of the expansion, without changing when its temporaries are
//! dropped or which lints look at it.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::quote_spanned;

use crate::syntax::item::Body;

/// A block of the user as the last expression of a generated one. The generated one is of edition
/// 2024, so what the user's last expression borrows is dropped before the generated locals in every
/// edition, as at the end of a function. The empty attribute keeps the compiler from reporting the
/// braces as needless.
pub(super) fn last(block: &Group, at: Span) -> TokenStream {
    quote_spanned!(at=> #[allow()] #block)
}

/// Statements in braces that have the span of the body's own, so that lints find its last `return`.
pub(super) fn in_place_of(body: &Body, statements: TokenStream) -> Group {
    let mut block = Group::new(Delimiter::Brace, statements);
    block.set_span(body.block.span());
    block
}

/// Like [`in_place_of`], around a generated block, whose edition decides when temporaries are
/// dropped.
pub(super) fn around(body: &Body, statements: TokenStream) -> Group {
    in_place_of(body, quote_spanned!(Span::mixed_site()=> #[allow()] { #statements }))
}

/// Like [`around`], as a closure. It is part of the function again before the compiler optimises
/// either: a body that is optimised twice makes a function up to twice as expensive to build.
pub(super) fn closure(body: &Body, statements: TokenStream) -> TokenStream {
    let block = around(body, statements);
    let closure = quote_spanned!(body.block.span()=> move || #block);
    quote_spanned!(Span::mixed_site()=> { #[inline(always)] #closure })
}

/// The body with its inner attributes.
pub(super) fn whole(body: &Body) -> Group {
    let mut all = body.inner.clone();
    all.extend(body.block.stream());
    let mut group = Group::new(body.block.delimiter(), all);
    group.set_span(body.block.span());
    group
}
