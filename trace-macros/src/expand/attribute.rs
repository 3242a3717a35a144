//! Expands an attribute together with the others on its item.

use proc_macro2::{Span, TokenStream};

use super::{container, function};
use crate::attribute::Macro;
use crate::errors::Errors;
use crate::hidden::Root;
use crate::syntax::item::Item;
use crate::syntax::keys;
use crate::syntax::option::Place;
use crate::syntax::stack::Stack;

pub(crate) fn expand(
    root: Root,
    which: Macro,
    options: TokenStream,
    item: TokenStream,
) -> TokenStream {
    if options.to_string() == keys::ABSORBED {
        return TokenStream::new();
    }
    let mut errors = Errors::new();
    let (mut stack, here) = (Stack::new(root), Span::call_site());
    let expanded = match Item::parse(item.clone(), which) {
        Ok(Item::Function(mut function)) => {
            stack.add(which, options, here, Place::Function, &mut errors);
            let place = |_| Place::Function;
            stack.absorb(function.take_ours(), place, |other| other == which, &mut errors);
            function::expand(stack, *function, None, &mut errors)
        }
        Ok(Item::Container(mut container)) => {
            stack.add(which, options, here, Place::Container, &mut errors);
            let place = |_| Place::Container;
            stack.absorb(container.take_ours(), place, |other| other == which, &mut errors);
            container::expand(stack, container, &mut errors)
        }
        Err(error) => {
            errors.push(error);
            item
        }
    };
    let mut tokens = errors.finish();
    tokens.extend(expanded);
    tokens
}
