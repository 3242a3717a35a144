//! The attributes of this crate that stand on one item: whichever runs first takes the others off
//! and reads them all, so that there is one wrapper.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, Meta, Path};

use super::err::Err;
use super::keys::{self, Macro, Place};
use super::option::{Once, Options as _};
use super::{business, metered, trace};
use crate::errors::{self, Errors};

/// What the attributes of one item say.
pub(crate) struct Stack {
    pub(crate) trace: Option<trace::Options>,
    pub(crate) metered: Option<metered::Options>,
    pub(crate) business: Vec<business::Options>,
    /// A call has one outcome, so one of the attributes may say it.
    pub(crate) err: Once<Err>,
    /// Given once, it holds for all.
    pub(crate) krate: Once<Path>,
    /// No option was given.
    pub(crate) is_bare: bool,
    /// How the attributes were called that were taken off the item.
    pub(crate) absorbed: Vec<Path>,
}

impl Stack {
    pub(crate) fn none() -> Self {
        Self {
            trace: None,
            metered: None,
            business: Vec::new(),
            err: Once::new(keys::ERR),
            krate: Once::new(keys::CRATE),
            is_bare: true,
            absorbed: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.trace.is_none() && self.metered.is_none() && self.business.is_empty()
    }

    /// The first of its attributes, to name it in messages.
    pub(crate) fn first(&self) -> Macro {
        match (&self.trace, &self.metered) {
            (Some(_), _) => Macro::Trace,
            (None, Some(_)) => Macro::Metered,
            (None, None) => Macro::BusinessMetric,
        }
    }

    pub(crate) fn has(&self, which: Macro) -> bool {
        match which {
            Macro::Trace => self.trace.is_some(),
            Macro::Metered => self.metered.is_some(),
            Macro::BusinessMetric => !self.business.is_empty(),
        }
    }

    /// Reads the attribute that runs.
    pub(crate) fn add(
        &mut self,
        which: Macro,
        options: TokenStream,
        at: Span,
        place: Place,
        errors: &mut Errors,
    ) {
        let (err, krate, is_bare) = match which {
            Macro::Trace => {
                let options = self.trace.insert(trace::Options::parse(options, place, errors));
                (&options.err.value, &options.krate.value, options.given().is_empty())
            }
            Macro::Metered => {
                let options = self.metered.insert(metered::Options::parse(options, place, errors));
                (&options.err.value, &options.krate.value, options.given().is_empty())
            }
            Macro::BusinessMetric => {
                self.business.push(business::Options::parse(options, at, errors));
                let krate = self.business.last().map_or(&None, |options| &options.krate.value);
                (&None, krate, false)
            }
        };
        if let Some((span, err)) = err.clone() {
            self.err.set(span, err, errors);
        }
        if self.krate.value.is_none() {
            self.krate.value = krate.clone();
        }
        self.is_bare &= is_bare;
    }

    /// Reads attributes that were taken off the item; `place` says where each stands, and `met`
    /// which of them the compiler meets elsewhere.
    pub(crate) fn absorb(
        &mut self,
        attributes: Vec<(Macro, Attribute)>,
        place: impl Fn(Macro) -> Place,
        met: impl Fn(Macro) -> bool,
        errors: &mut Errors,
    ) {
        for (which, attribute) in attributes {
            let path = attribute.path();
            let text = |path: &Path| path.to_token_stream().to_string();
            if !met(which) && self.absorbed.iter().all(|other| text(other) != text(path)) {
                self.absorbed.push(path.clone());
            }
            if which != Macro::BusinessMetric && self.has(which) {
                errors.on(attribute, errors::twice(which));
                continue;
            }
            let at = attribute.path().span();
            let options = match attribute.meta {
                Meta::Path(_) => TokenStream::new(),
                Meta::List(list) => list.tokens,
                Meta::NameValue(meta) => {
                    errors.on(meta, errors::not_an_option(which));
                    TokenStream::new()
                }
            };
            self.add(which, options, at, place(which), errors);
        }
    }

    /// Leaves out the attributes of an `impl` block that `skip` a method.
    pub(crate) fn skip(&mut self, errors: &mut Errors) -> Skipped {
        let mut skips = |skip: Option<Span>, others: Vec<Span>| {
            if let (Some(_), Some(other)) = (skip, others.first()) {
                errors.at(*other, errors::skip_with_others());
            }
            skip.is_some()
        };
        let trace = self.trace.take_if(|options| skips(options.skip.span(), options.given()));
        let metered = self.metered.take_if(|options| skips(options.skip.span(), options.given()));
        Skipped { trace: trace.is_some(), metered: metered.is_some() }
    }

    /// Takes what an enclosing `impl` block says where nothing is said here. Options about errors
    /// are taken by methods that return a type called `…Result`.
    pub(crate) fn inherit(&mut self, outer: &Self, skipped: Skipped, named_result: bool) {
        if let (Some(outer), false) = (&outer.trace, skipped.trace) {
            self.trace.get_or_insert_with(trace::Options::none).inherit(outer);
        }
        if let (Some(outer), false) = (&outer.metered, skipped.metered) {
            self.metered.get_or_insert_with(metered::Options::none).inherit(outer);
        }
        self.krate.or(&outer.krate);
        if named_result || outer.err.get().is_some_and(|err| err.ignore) {
            self.err.or(&outer.err);
        }
    }
}

/// The attributes of an `impl` block that a method is left out of.
#[derive(Clone, Copy)]
pub(crate) struct Skipped {
    trace: bool,
    metered: bool,
}
