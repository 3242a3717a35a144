//! Recognises return values that are `impl Trait`. Such a type has no name by which a closure or variable
//! could pass it to the body, so the body has to stay in the function itself.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ReturnType;

use super::call::{Call, ErrorPolicy};
use super::label::Moment;
use super::returns::{self, Returns};
use crate::syntax::business::On;

/// Whether the signature gives the compiler the expected type of the body, and no other place can. In a
/// `Result` it does not, because the compiler has no expectation of the argument of `Ok`.
pub(crate) fn is_opaque(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else { return false };
    mentions(ty.to_token_stream(), &["impl"]) && !returns::is_outcome(ty)
}

/// Whether the expectation is about the arguments of a closure.
pub(crate) fn is_callable(output: &ReturnType) -> bool {
    const CALLABLE: &[&str] = &["Fn", "FnMut", "FnOnce", "AsyncFn", "AsyncFnMut", "AsyncFnOnce"];
    is_opaque(output) && mentions(output.to_token_stream(), CALLABLE)
}

fn mentions(tokens: TokenStream, words: &[&str]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => words.iter().any(|word| ident == word),
        TokenTree::Group(group) => mentions(group.stream(), words),
        _ => false,
    })
}

impl Call {
    /// Whether an option asks for the value itself, not only for the outcome of the call.
    pub(crate) fn asks_for_value(&self, returns: Returns) -> bool {
        self.span.as_ref().is_some_and(|span| !span.ret.is_empty())
            || self.labels().any(|label| label.moment != Moment::Start)
            || matches!(self.err, ErrorPolicy::Custom(_)) && self.is_judged()
            || self.measures.iter().any(|measure| {
                measure.moment != Moment::Start
                    || measure.on == Some(On::Error)
                    || measure.on.is_some() && returns == Returns::Fallible
            })
    }
}
