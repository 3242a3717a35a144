//! Parses the function below the attribute: its signature in full, its body as tokens.

use super::errors;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, FnArg, Signature, Type, Visibility};

pub(super) struct Function {
    pub(super) attributes: Vec<Attribute>,
    pub(super) visibility: Visibility,
    pub(super) signature: Signature,
    /// In braces.
    pub(super) body: TokenTree,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let ahead = input.fork();
        if ahead.parse::<Signature>().is_err() && !is_function(input) {
            return Err(input.error(errors::NO_FUNCTION));
        }
        Ok(Self { attributes, visibility, signature: input.parse()?, body: input.parse()? })
    }
}

/// Whether the item is meant to be a function.
fn is_function(input: ParseStream<'_>) -> bool {
    let mut rest = input.cursor();
    while let Some((ident, next)) = rest.ident() {
        if ident == "fn" {
            return true;
        }
        rest = next;
    }
    false
}

impl Function {
    pub(super) fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
    }

    /// The type of the argument, if there is one.
    pub(super) fn capture_type(&self) -> Option<&Type> {
        match self.signature.inputs.first() {
            Some(FnArg::Typed(argument)) => Some(&argument.ty),
            _ => None,
        }
    }

    /// The function alone, without a test.
    pub(super) fn kept(&self) -> TokenStream {
        let Self { attributes, visibility, signature, body } = self;
        let attributes = attributes.iter().filter(|attribute| !is_of_tests(attribute));
        quote!(#(#attributes)* #[allow(dead_code)] #visibility #signature #body)
    }

    pub(super) fn check(&self, errors: &mut Vec<Error>) {
        let signature = &self.signature;
        for input in &signature.inputs {
            if let FnArg::Receiver(receiver) = input {
                errors.push(Error::new_spanned(receiver, errors::RECEIVER));
            }
        }
        if let Some(second) = signature.inputs.iter().nth(1) {
            errors.push(Error::new_spanned(second, errors::ARGUMENTS));
        }
        if !signature.generics.params.is_empty() {
            errors.push(Error::new_spanned(&signature.generics, errors::GENERICS));
        }
        let mut qualifiers = TokenStream::new();
        signature.constness.to_tokens(&mut qualifiers);
        signature.safety.to_tokens(&mut qualifiers);
        signature.abi.to_tokens(&mut qualifiers);
        if !qualifiers.is_empty() {
            errors.push(Error::new_spanned(qualifiers, errors::QUALIFIER));
        }
        for attribute in &self.attributes {
            let last = attribute.path().segments.last();
            if last.is_some_and(|segment| segment.ident == "test") {
                errors.push(Error::new_spanned(attribute, errors::SECOND_TEST));
            }
        }
    }
}

/// Whether the attribute has a meaning on tests only.
fn is_of_tests(attribute: &Attribute) -> bool {
    let names = ["test", "should_panic", "ignore"];
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| names.iter().any(|name| segment.ident == name))
}
