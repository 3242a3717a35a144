//! One function with all its attributes, validated: what its wrapper has to do.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, Lit, Meta, MetaNameValue, Path};

use super::business::Measure;
use super::check;
use super::label::{Label, Moment};
use super::metered::Meter;
use super::returns::Returns;
use super::trace::Trace;
use crate::errors::Errors;
use crate::syntax::err::Err;
use crate::syntax::item::Function;
use crate::syntax::stack::Stack;

/// A function and where it stands, for its site.
pub(crate) struct Origin {
    /// The function as `code.function.name` has it, without its module: `Cart::add`.
    pub(crate) function: String,
    /// The line of the function, where the compiler tells it.
    pub(crate) line: Option<u32>,
    /// The first line of its documentation; empty if there is none.
    pub(crate) documentation: String,
    pub(crate) krate: Option<Path>,
}

/// What is recorded of a call.
pub(crate) struct Call {
    pub(crate) origin: Origin,
    pub(crate) span: Option<Trace>,
    pub(crate) meter: Option<Meter>,
    pub(crate) measures: Vec<Measure>,
    /// Which errors are the outcome of the call.
    pub(crate) err: ErrorPolicy,
    /// How the attributes were called that were taken off the function.
    pub(crate) absorbed: Vec<Path>,
}

/// Which returned errors mark the call as failed.
pub(crate) enum ErrorPolicy {
    /// Every `Err`, if the type has one.
    Inspect,
    /// None.
    Ignore,
    /// As `err(…)` says.
    Custom(Box<Err>),
}

impl Call {
    /// Validates the attributes of a function; `owner` is the type of its `impl` block.
    pub(crate) fn of(
        stack: Stack,
        function: &mut Function,
        owner: Option<&str>,
        errors: &mut Errors,
    ) -> Self {
        let returns = function.returns();
        check::place(stack.first(), function, errors);
        let err_span = stack.err.span();
        let span = stack.trace.map(|options| Trace::of(options, function, errors));
        if span.is_none() {
            check::no_helpers(function, errors);
        }
        let meter = stack.metered.map(|options| Meter::of(options, errors));
        let measures =
            stack.business.into_iter().filter_map(|options| Measure::of(options, errors)).collect();
        let name = function.name();
        let call = Self {
            origin: Origin {
                function: owner.map_or_else(|| name.clone(), |owner| format!("{owner}::{name}")),
                line: line_of(&function.sig.ident),
                documentation: documentation_of(function),
                krate: stack.krate.into_value(),
            },
            span,
            meter,
            measures,
            err: match stack.err.into_value() {
                None => ErrorPolicy::Inspect,
                Some(err) if err.ignore => ErrorPolicy::Ignore,
                Some(err) => ErrorPolicy::Custom(Box::new(err)),
            },
            absorbed: stack.absorbed,
        };
        check::outcome(&call, err_span, function, returns, errors);
        check::metrics(&call, errors);
        call
    }

    /// Whether the call has an outcome to record.
    pub(crate) fn is_judged(&self) -> bool {
        self.span.is_some() || self.meter.is_some()
    }

    /// Whether what the attributes evaluate mentions a variable: then it is used.
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

    /// Whether the return value is looked at.
    pub(crate) fn inspects(&self, returns: Returns) -> bool {
        self.reads_outcome(returns) || self.measures.iter().any(|measure| !measure.is_immediate())
    }

    /// Whether the span or the meter hears of the return value.
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

    /// Whether something waits inside a future for its end.
    pub(crate) fn holds(&self) -> bool {
        self.measures.iter().any(Measure::is_held)
    }

    /// Whether something has to stand around the body, not only before it.
    pub(crate) fn wraps(&self, returns: Returns) -> bool {
        self.is_judged() || self.inspects(returns)
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

fn documentation_of(function: &Function) -> String {
    let lines = function.attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::NameValue(MetaNameValue { path, value: Expr::Lit(value), .. })
            if path.is_ident("doc") =>
        {
            match &value.lit {
                Lit::Str(text) => Some(text.value().replace('\0', "")),
                _ => None,
            }
        }
        _ => None,
    });
    let mut lines =
        lines.flat_map(|text| text.lines().map(|it| it.trim().to_owned()).collect::<Vec<_>>());
    lines.find(|line| !line.is_empty()).unwrap_or_default()
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
