//! Validates `#[trace]` on one function, and `span!`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::Expr;

use super::check;
use crate::errors::Errors;
use crate::syntax::field::Field;
use crate::syntax::item::Function;
use crate::syntax::name::Name;
use crate::syntax::trace::Options;

/// The span of a function or block.
pub(crate) struct Trace {
    pub(crate) name: Option<Name>,
    pub(crate) kind: Option<Ident>,
    pub(crate) level: Option<Ident>,
    pub(crate) root: bool,
    pub(crate) parent: Option<Expr>,
    pub(crate) links: Option<Expr>,
    /// Entries in scope for the body.
    pub(crate) baggage: Vec<Field>,
    /// Whether its spans are attached to OpenTelemetry's context.
    pub(crate) attach: bool,
    /// Attributes recorded at the start, parameters first.
    pub(crate) start: Vec<Field>,
    /// Attributes recorded from the return value.
    pub(crate) ret: Vec<Field>,
    /// Where `ret(…)` was written.
    pub(crate) ret_span: Option<Span>,
}

impl Trace {
    /// Validates the options given for a function.
    pub(crate) fn of(options: Options, function: &mut Function, errors: &mut Errors) -> Self {
        check::parents(&options, errors);
        check::parent_is_in_scope(&options, function, errors);
        let parameters = check::helpers(function, errors);
        Self::with(options, parameters, errors)
    }

    /// Validates the options of `span!`.
    pub(crate) fn block(options: Options, errors: &mut Errors) -> Self {
        check::block(&options, errors);
        Self::with(options, Vec::new(), errors)
    }

    fn with(mut options: Options, parameters: Vec<Field>, errors: &mut Errors) -> Self {
        let mut start = parameters;
        start.extend(options.attrs.take().unwrap_or_default());
        let ret_span = options.ret.span();
        let ret = options.ret.take().unwrap_or_default();
        check::keys(start.iter().chain(&ret), errors);
        let baggage = options.baggage.take().unwrap_or_default();
        check::entries(&baggage, errors);
        Self {
            name: check::name(options.name.take(), errors),
            kind: options.kind.take(),
            level: options.level.take(),
            root: options.root.is_given(),
            parent: options.parent.take(),
            links: options.links.take(),
            baggage,
            attach: options.attach.is_given(),
            start,
            ret,
            ret_span,
        }
    }

    /// Whether anything besides the site is evaluated for the start.
    pub(crate) fn describes(&self) -> bool {
        !self.start.is_empty()
            || self.links.is_some()
            || matches!(self.name, Some(Name::Template { .. }))
    }

    /// All expressions that it evaluates.
    pub(crate) fn expressions(&self) -> Vec<TokenStream> {
        let fields = self.start.iter().chain(&self.ret).chain(&self.baggage);
        let fields = fields.map(|field| field.value.clone());
        let arguments = match &self.name {
            Some(Name::Template { arguments, .. }) => arguments.clone(),
            _ => Vec::new(),
        };
        let contexts = [self.parent.as_ref(), self.links.as_ref()].into_iter().flatten();
        fields.chain(arguments).chain(contexts.map(ToTokens::to_token_stream)).collect()
    }

    /// Whether the span is described by nothing but values, few enough for the fast path.
    pub(crate) fn describes_by_values(&self) -> bool {
        (1..=8).contains(&self.start.len())
            && self.links.is_none()
            && !matches!(self.name, Some(Name::Template { .. }))
    }
}
