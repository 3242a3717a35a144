//! Validates all attributes of one function together.

use proc_macro2::Ident;
use syn::{Expr, Lit, Meta, MetaNameValue};

use super::business::Measure;
use super::call::{Call, ErrorPolicy, Origin};
use super::metered::Meter;
use super::trace::Trace;
use super::{check, questions};
use crate::errors::Errors;
use crate::syntax::item::Function;
use crate::syntax::stack::Stack;

/// Validates the attributes of a function; `owner` is the type of its `impl` block.
pub(crate) fn call(
    mut stack: Stack,
    function: &mut Function,
    owner: Option<&str>,
    errors: &mut Errors,
) -> Call {
    let returns = function.returns();
    check::place(stack.first(), function, errors);
    let err_span = stack.err.span();
    let span = stack.trace.map(|options| Trace::of(options, function, errors));
    if span.is_none() {
        check::no_helpers(function, errors);
    }
    let meter = stack.metered.map(|options| Meter::of(options, errors));
    let measures = stack
        .business
        .into_iter()
        .filter_map(|(place, options)| Measure::of(options, place, errors))
        .collect();
    let name = function.name();
    let call = Call {
        origin: Origin {
            function: owner.map_or_else(|| name.clone(), |owner| format!("{owner}::{name}")),
            line: line_of(&function.sig.ident),
            documentation: documentation_of(function),
            root: stack.root,
            krate: stack.krate.take(),
        },
        span,
        meter,
        measures,
        err: match stack.err.take() {
            None => ErrorPolicy::Inspect,
            Some(err) if err.ignore => ErrorPolicy::Ignore,
            Some(err) => ErrorPolicy::Custom(Box::new(err)),
        },
        absorbed: stack.absorbed,
    };
    questions::outcome(&call, err_span, function, returns, errors);
    questions::metrics(&call, errors);
    call
}

/// The line of a token, unless it is in another file than the attribute.
fn line_of(ident: &Ident) -> Option<u32> {
    if !proc_macro::is_available() {
        return None;
    }
    let span = ident.span().unwrap();
    let here = proc_macro::Span::call_site();
    (span.file() == here.file()).then(|| u32::try_from(span.line()).ok()).flatten()
}

/// The first line of the function's documentation that is not empty.
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
