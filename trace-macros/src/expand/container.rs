//! Expands attributes on an `impl` block or a trait: their options are the defaults of its methods,
//! whose own attributes are absorbed.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Attribute;

use super::absorbed::absorbed;
use super::function;
use crate::errors::{self, Errors};
use crate::model::{check, returns};
use crate::syntax::attributes;
use crate::syntax::item::{Container, Function, Member};
use crate::syntax::option::Place;
use crate::syntax::stack::Stack;

pub(crate) fn expand(
    mut defaults: Stack,
    mut container: Container,
    errors: &mut Errors,
) -> TokenStream {
    for (place, _) in defaults.business.drain(..) {
        errors.at(place, errors::business_on_container());
    }
    let members = std::mem::take(&mut container.members);
    let rewritten = !container.attrs.iter().all(attributes::is_inert);
    let mut tokens = TokenStream::new();
    for member in members {
        match member {
            Member::Other(other) => tokens.extend(other),
            Member::Function(mut function) => {
                function.rewritten = rewritten;
                tokens.extend(method(*function, &defaults, &container.name, errors));
            }
        }
    }
    let mut all = absorbed(&defaults.absorbed);
    all.extend(container.print(tokens));
    all
}

fn method(
    mut function: Function,
    defaults: &Stack,
    owner: &str,
    errors: &mut Errors,
) -> TokenStream {
    function.attrs.retain(|attr| {
        let mistake = match attributes::hidden(attr) {
            Some(which) if defaults.has(which) => errors::under_cfg_attr(which),
            _ if is_foreign_skip(attr) && defaults.metered.is_some() => errors::skip_autometrics(),
            _ => return true,
        };
        errors.on(attr, mistake);
        false
    });
    let mut stack = Stack::new(defaults.root);
    let place = |which| if defaults.has(which) { Place::Member } else { Place::Function };
    stack.absorb(function.take_ours(), place, |which| defaults.has(which), errors);
    let skipped = stack.skip(errors);
    // A `const fn` is skipped, unless it has attributes, which are a mistake there.
    if function.body.is_some() && (function.sig.constness.is_none() || !stack.is_empty()) {
        let named_result = returns::is_named_result(&function.sig.output);
        stack.inherit(defaults, skipped, named_result);
    }
    if defaults.trace.is_some() && stack.trace.is_none() {
        drop(check::helpers(&mut function, errors));
    }
    if stack.is_empty() {
        return function.into_token_stream();
    }
    function::expand(stack, function, Some(owner), errors)
}

/// Whether it is the attribute by which autometrics skips a method.
fn is_foreign_skip(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "skip_autometrics")
}
