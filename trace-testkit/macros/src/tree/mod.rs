//! Expands `tree!`: [`syntax`] parses spans and their children, [`settings`] the contents of brackets;
//! [`words`] lists the option words, [`expand`] writes the calls that build the tree.

mod expand;
mod settings;
mod syntax;
mod tokens;
mod words;

use crate::errors::Errors;
use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};

/// Expands `($crate) "a" [..] => { … }` to an expression of type `Tree`.
pub(crate) fn tree(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let parser = |input: ParseStream<'_>| {
        let home;
        syn::parenthesized!(home in input);
        let home: TokenStream = home.parse()?;
        let roots = syntax::siblings(input, syntax::Place::Ordered, &mut errors)?;
        Ok((home, roots))
    };
    match parser.parse2(input) {
        Ok((home, roots)) => {
            let tree = expand::tree(&home, &roots);
            errors.before(&tree)
        }
        Err(error) => error.into_compile_error(),
    }
}
