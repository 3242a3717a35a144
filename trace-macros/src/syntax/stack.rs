//! Gathers the attributes of this crate on one item: the first that runs takes the others off and reads
//! them all, so that there is one wrapper.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, Meta, Path};

use super::err::Err;
use super::given::Once;
use super::option::{Options, Place};
use super::{business, keys, metered, trace};
use crate::attribute::Macro;
use crate::errors::{self, Errors};
use crate::hidden::Root;

/// The attributes of one item.
pub(crate) struct Stack {
    pub(crate) trace: Option<trace::Options>,
    pub(crate) metered: Option<metered::Options>,
    /// With the place of each attribute.
    pub(crate) business: Vec<(Span, business::Options)>,
    /// Given by one attribute for all, because a call has one outcome.
    pub(crate) err: Once<Err>,
    /// The crate of the attribute that runs.
    pub(crate) root: Root,
    /// Given by one attribute for all.
    pub(crate) krate: Once<Path>,
    /// Whether no option was given.
    pub(crate) is_bare: bool,
    /// The paths of the attributes that were taken off the item.
    pub(crate) absorbed: Vec<Path>,
}

impl Stack {
    pub(crate) fn new(root: Root) -> Self {
        Self {
            trace: None,
            metered: None,
            business: Vec::new(),
            err: Once::default(),
            root,
            krate: Once::default(),
            is_bare: true,
            absorbed: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.trace.is_none() && self.metered.is_none() && self.business.is_empty()
    }

    /// The first of the attributes, for messages.
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
        let (err, is_bare) = match which {
            Macro::Trace => {
                let options = self.trace.insert(trace::Options::parse(options, place, errors));
                self.krate.or(&options.krate);
                (options.err.spanned(), options.given().is_empty())
            }
            Macro::Metered => {
                let options = self.metered.insert(metered::Options::parse(options, place, errors));
                self.krate.or(&options.krate);
                (options.err.spanned(), options.given().is_empty())
            }
            Macro::BusinessMetric => {
                let options = business::Options::parse(options, place, errors);
                self.krate.or(&options.krate);
                self.business.push((at, options));
                (None, false)
            }
        };
        if let Some((span, err)) = err {
            self.err.set(keys::ERR, span, err, errors);
        }
        self.is_bare &= is_bare;
    }

    /// Reads attributes that were taken off the item. `place` returns where each was written, and `met`
    /// whether the compiler resolves it elsewhere.
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

    /// Drops the attributes that `skip` the method.
    pub(crate) fn skip(&mut self, errors: &mut Errors) -> Skipped {
        let mut skips = |skip: bool, others: &[Span]| {
            if let (true, Some(other)) = (skip, others.first()) {
                errors.at(*other, errors::skip_with_others());
            }
            skip
        };
        let trace = self.trace.take_if(|it| skips(it.skip.is_given(), it.given()));
        let metered = self.metered.take_if(|it| skips(it.skip.is_given(), it.given()));
        Skipped { trace: trace.is_some(), metered: metered.is_some() }
    }

    /// Takes the options of an enclosing `impl` block that are not given here. Methods take its `err` if
    /// they return a type named `…Result`.
    pub(crate) fn inherit(&mut self, outer: &Self, skipped: Skipped, named_result: bool) {
        if let (Some(outer), false) = (&outer.trace, skipped.trace) {
            self.trace.get_or_insert_default().inherit(outer);
        }
        if let (Some(outer), false) = (&outer.metered, skipped.metered) {
            self.metered.get_or_insert_default().inherit(outer);
        }
        self.krate.or(&outer.krate);
        if named_result || outer.err.get().is_some_and(|err| err.ignore) {
            self.err.or(&outer.err);
        }
    }
}

/// The attributes of an `impl` block that skip a method.
#[derive(Clone, Copy)]
pub(crate) struct Skipped {
    trace: bool,
    metered: bool,
}
