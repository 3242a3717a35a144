//! Describes one function with all its attributes: what its expansion has to do.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Path;

use super::business::Measure;
use super::label::{Label, Moment};
use super::metered::Meter;
use super::returns::Returns;
use super::trace::Trace;
use crate::hidden::Root;
use crate::syntax::err::Err;
use crate::syntax::item::Function;

/// A function and its place in the source, for its site.
pub(crate) struct Origin {
    /// The function's name in `code.function.name`, without its module: `Cart::add`.
    pub(crate) function: String,
    /// The line of the function, if the compiler reports it.
    pub(crate) line: Option<u32>,
    /// The first line of its documentation; empty if there is none.
    pub(crate) documentation: String,
    /// The crate with the hidden module.
    pub(crate) root: Root,
    /// The path that replaces `root`.
    pub(crate) krate: Option<Path>,
}

/// Everything that is recorded of a call.
pub(crate) struct Call {
    pub(crate) origin: Origin,
    pub(crate) span: Option<Trace>,
    pub(crate) meter: Option<Meter>,
    pub(crate) measures: Vec<Measure>,
    /// The errors that count as the outcome of the call.
    pub(crate) err: ErrorPolicy,
    /// The paths of the attributes that were taken off the function.
    pub(crate) absorbed: Vec<Path>,
}

/// The returned errors that mark the call as failed.
pub(crate) enum ErrorPolicy {
    /// Every `Err`, if the type has one.
    Inspect,
    /// None.
    Ignore,
    /// Those of `err(…)`.
    Custom(Box<Err>),
}

impl Call {
    /// Whether the call has an outcome to record.
    pub(crate) fn is_judged(&self) -> bool {
        self.span.is_some() || self.meter.is_some()
    }

    /// Whether an expression of the attributes mentions a variable, which then counts as used.
    pub(crate) fn mentions(&self, variable: &Ident) -> bool {
        let span = self.span.iter().flat_map(Trace::expressions);
        let labels = self.labels().map(|label| label.value.clone());
        let values = self.measures.iter().filter_map(|measure| measure.value.as_ref());
        let conditions = match &self.err {
            ErrorPolicy::Custom(err) => vec![err.when.as_ref(), err.kind.as_ref()],
            _ => Vec::new(),
        };
        let expressions = values.chain(conditions.into_iter().flatten());
        span.chain(labels)
            .chain(expressions.map(ToTokens::to_token_stream))
            .any(|tokens| contains(tokens, variable))
    }

    pub(crate) fn labels(&self) -> impl Iterator<Item = &Label> {
        let meters = self.meter.iter().flat_map(|meter| &meter.labels);
        meters.chain(self.measures.iter().flat_map(|measure| &measure.labels))
    }

    /// Whether expressions that are evaluated before the body look at its arguments.
    pub(crate) fn looks_at_arguments(&self) -> bool {
        let looks =
            |span: &Trace| span.describes() || span.parent.is_some() || !span.baggage.is_empty();
        self.span.as_ref().is_some_and(looks)
            || self.labels().any(|label| label.moment == Moment::Start)
            || self.measures.iter().any(Measure::looks_at_arguments)
    }

    /// Whether the return value is inspected.
    pub(crate) fn inspects(&self, returns: Returns) -> bool {
        self.reads_outcome(returns) || self.measures.iter().any(|measure| !measure.is_immediate())
    }

    /// Whether the span or the meter depends on the return value.
    pub(crate) fn reads_outcome(&self, returns: Returns) -> bool {
        if self.span.as_ref().is_some_and(|span| !span.ret.is_empty())
            || self.meter.iter().flat_map(|m| &m.labels).any(|l| l.moment != Moment::Start)
        {
            return true;
        }
        self.is_judged()
            && match self.err {
                ErrorPolicy::Custom(_) => true,
                ErrorPolicy::Ignore => false,
                ErrorPolicy::Inspect => {
                    matches!(returns, Returns::Fallible | Returns::Future | Returns::BoxedFuture)
                }
            }
    }

    /// Whether values that were evaluated before the body wait for the end of a future.
    pub(crate) fn holds(&self) -> bool {
        self.measures.iter().any(Measure::is_held)
    }

    /// Whether code has to surround the body, not only precede it.
    pub(crate) fn wraps(&self, returns: Returns) -> bool {
        self.is_judged() || self.inspects(returns)
    }
}

impl Function {
    /// The return value of the function, or of the future of an `async fn`.
    pub(crate) fn returns(&self) -> Returns {
        let returns = Returns::of(&self.sig.output, &self.sig.generics);
        match returns {
            lazy if lazy.is_lazy() && self.sig.asyncness.is_some() => Returns::Plain,
            other => other,
        }
    }
}

fn contains(tokens: TokenStream, variable: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *variable,
        TokenTree::Group(group) => contains(group.stream(), variable),
        // A format string may mention it.
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            text.contains('{') && text.contains(&variable.to_string())
        }
        TokenTree::Punct(_) => false,
    })
}
