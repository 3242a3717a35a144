//! `#[trace]` on one function, validated.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, Path};

use super::check;
use super::returns::Returns;
use crate::errors::Errors;
use crate::syntax::field::Field;
use crate::syntax::item::Function;
use crate::syntax::name::Name;
use crate::syntax::option::{Err, Options};

/// What a site says and records.
pub(crate) struct Trace {
    /// The function as `code.function.name` has it, without its module: `Cart::add`.
    pub(crate) function: String,
    /// The line of the function, where the compiler tells it.
    pub(crate) line: Option<u32>,
    pub(crate) krate: Option<Path>,
    pub(crate) name: Option<Name>,
    pub(crate) kind: Option<Ident>,
    pub(crate) root: bool,
    pub(crate) parent: Option<Expr>,
    pub(crate) links: Option<Expr>,
    /// Recorded at the start, parameters first.
    pub(crate) start: Vec<Field>,
    /// Recorded from the return value.
    pub(crate) ret: Vec<Field>,
    pub(crate) err: ErrorPolicy,
}

/// Which returned errors mark the span as failed.
pub(crate) enum ErrorPolicy {
    /// Every `Err`, if the type has one.
    Inspect,
    /// None.
    Ignore,
    /// As `err(…)` says.
    Custom(Box<Err>),
}

impl Trace {
    /// Validates the options given for a function; `owner` is the type of its `impl` block.
    pub(crate) fn of(
        options: Options,
        function: &mut Function,
        owner: Option<&str>,
        errors: &mut Errors,
    ) -> Self {
        let returns = function.returns();
        check::function(&options, function, returns, errors);
        let mut start = check::helpers(function, errors);
        start.extend(options.attrs.into_value().unwrap_or_default());
        let ret = options.ret.into_value().unwrap_or_default();
        check::keys(start.iter().chain(&ret), errors);
        let name = function.name();
        Self {
            function: owner.map_or_else(|| name.clone(), |owner| format!("{owner}::{name}")),
            line: line_of(&function.sig.ident),
            krate: options.krate.into_value(),
            name: check::name(options.name.into_value(), errors),
            kind: options.kind.into_value(),
            root: options.root.into_value().is_some(),
            parent: options.parent.into_value(),
            links: options.links.into_value(),
            start,
            ret,
            err: match options.err.into_value() {
                None => ErrorPolicy::Inspect,
                Some(err) if err.ignore => ErrorPolicy::Ignore,
                Some(err) => ErrorPolicy::Custom(Box::new(err)),
            },
        }
    }

    /// Validates the options of `span!`.
    pub(crate) fn block(options: Options, errors: &mut Errors) -> Self {
        check::block(&options, errors);
        let start = options.attrs.into_value().unwrap_or_default();
        check::keys(start.iter(), errors);
        Self {
            function: String::new(),
            line: None,
            krate: options.krate.into_value(),
            name: check::name(options.name.into_value(), errors),
            kind: options.kind.into_value(),
            root: options.root.into_value().is_some(),
            parent: options.parent.into_value(),
            links: options.links.into_value(),
            start,
            ret: Vec::new(),
            err: ErrorPolicy::Ignore,
        }
    }

    /// Whether anything is evaluated for the start beyond the site itself.
    pub(crate) fn describes(&self) -> bool {
        !self.start.is_empty()
            || self.links.is_some()
            || matches!(self.name, Some(Name::Template { .. }))
    }

    /// Whether what the attribute evaluates mentions a variable: then it is used.
    pub(crate) fn mentions(&self, variable: &Ident) -> bool {
        let fields = self.start.iter().chain(&self.ret).map(|field| field.value.clone());
        let arguments = match &self.name {
            Some(Name::Template { arguments, .. }) => arguments.clone(),
            _ => Vec::new(),
        };
        let mut conditions = vec![self.parent.as_ref(), self.links.as_ref()];
        if let ErrorPolicy::Custom(err) = &self.err {
            conditions.extend([err.when.as_ref(), err.kind.as_ref()]);
        }
        let conditions = conditions.into_iter().flatten().map(ToTokens::to_token_stream);
        fields.chain(arguments).chain(conditions).any(|tokens| contains(tokens, variable))
    }

    /// Whether the span is described by values, few enough for the short way, and nothing else.
    pub(crate) fn describes_by_values(&self) -> bool {
        (1..=8).contains(&self.start.len())
            && self.links.is_none()
            && !matches!(self.name, Some(Name::Template { .. }))
    }

    /// Whether the return value is looked at.
    pub(crate) fn inspects(&self, returns: Returns) -> bool {
        match self.err {
            _ if !self.ret.is_empty() => true,
            ErrorPolicy::Custom(_) => true,
            ErrorPolicy::Ignore => false,
            ErrorPolicy::Inspect => {
                matches!(returns, Returns::Fallible | Returns::Future | Returns::BoxedFuture)
            }
        }
    }
}

impl Function {
    /// What the function, or the future that an `async fn` makes, returns.
    pub(crate) fn returns(&self) -> Returns {
        let returns = Returns::of(&self.sig.output, &self.sig.generics);
        match returns {
            lazy if lazy.is_lazy() && self.sig.asyncness.is_some() => Returns::Plain,
            other => other,
        }
    }
}

/// The line of a token, unless it stands in another file than the attribute.
fn line_of(ident: &Ident) -> Option<u32> {
    if !proc_macro::is_available() {
        return None;
    }
    let span = ident.span().unwrap();
    let here = proc_macro::Span::call_site();
    (span.file() == here.file()).then(|| u32::try_from(span.line()).ok()).flatten()
}

fn contains(tokens: TokenStream, variable: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *variable,
        TokenTree::Group(group) => contains(group.stream(), variable),
        // A format string may name it.
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            text.contains('{') && text.contains(&variable.to_string())
        }
        TokenTree::Punct(_) => false,
    })
}
