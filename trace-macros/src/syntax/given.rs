//! Holds the values of options, each of which may be given once.

use proc_macro2::Span;
use syn::LitStr;
use syn::parse::{Parse, ParseStream};

use super::key::Keyed;
use super::list;
use crate::errors::{self, Errors};

/// An option while it is being read.
pub(crate) struct Given<'a> {
    pub(super) name: &'static str,
    pub(super) span: Span,
    pub(super) example: &'static str,
    /// After the `=`, or within the parentheses, which are not empty.
    pub(super) input: ParseStream<'a>,
    pub(super) errors: &'a mut Errors,
}

/// A value that may be given once.
pub(crate) struct Once<T>(Option<(Span, T)>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Once<T> {
    /// Reads the value of an option.
    pub(super) fn read(
        &mut self,
        given: Given<'_>,
        read: impl FnOnce(ParseStream, &mut Errors) -> syn::Result<T>,
    ) -> syn::Result<()> {
        let value = read(given.input, given.errors)?;
        self.set(given.name, given.span, value, given.errors);
        Ok(())
    }

    /// Stores the value. This is the only check for duplicates.
    pub(super) fn set(&mut self, name: &str, span: Span, value: T, errors: &mut Errors) {
        if self.0.is_some() {
            errors.at(span, errors::duplicate_option(name));
        } else {
            self.0 = Some((span, value));
        }
    }

    pub(crate) fn is_given(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn span(&self) -> Option<Span> {
        self.0.as_ref().map(|(span, _)| *span)
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }

    pub(crate) fn take(&mut self) -> Option<T> {
        self.0.take().map(|(_, value)| value)
    }

    /// Takes the value of an enclosing `impl` block if there is none here.
    pub(super) fn or(&mut self, outer: &Self)
    where
        T: Clone,
    {
        if self.0.is_none() {
            self.0 = outer.0.clone();
        }
    }
}

impl<T: Clone> Once<T> {
    /// The value and where it was written.
    pub(super) fn spanned(&self) -> Option<(Span, T)> {
        self.0.clone()
    }
}

impl<T: Clone + Keyed> Once<Vec<T>> {
    /// Puts the list of an enclosing `impl` block in front, without the keys that are given again here.
    pub(super) fn add_up(&mut self, outer: &Self) {
        let Some((span, outer)) = &outer.0 else { return };
        let own = self.0.take().map_or_else(Vec::new, |(_, own)| own);
        let is_new = |part: &&T| !own.iter().any(|own| own.key().text == part.key().text);
        let mut all: Vec<T> = outer.iter().filter(is_new).cloned().collect();
        all.extend(own);
        self.0 = Some((*span, all));
    }
}

/// Reads a flag, which has no value.
pub(super) fn flag(_: ParseStream, _: &mut Errors) -> syn::Result<()> {
    Ok(())
}

/// Reads a value that `syn` knows.
pub(super) fn value<T: Parse>(input: ParseStream, _: &mut Errors) -> syn::Result<T> {
    input.parse()
}

/// Reads the path of a crate or module.
pub(super) fn module(input: ParseStream, _: &mut Errors) -> syn::Result<syn::Path> {
    input.call(syn::Path::parse_mod_style)
}

impl Given<'_> {
    /// Reads a string literal into `once`.
    pub(super) fn text(self, once: &mut Once<LitStr>) -> syn::Result<()> {
        let (name, example) = (self.name, self.example);
        once.read(self, |input, _| list::text(input, || errors::wrong_form(name, example)))
    }
}
