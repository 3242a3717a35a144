//! Expands the attributes in a build that records nothing: items stay untouched, except that helper
//! attributes, which only this crate understands, are removed from parameters. Parses nothing.

#[cfg(not(test))]
use proc_macro::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
// Works outside of a compilation, too.
#[cfg(test)]
use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};

use crate::hidden::{self, Root};

pub(crate) fn trace(_: Root, _options: TokenStream, item: TokenStream) -> TokenStream {
    if !mentions_helper(item.clone()) {
        return item;
    }
    strip(item)
}

/// Leaves the item as it is: `#[metered]` has no helper attributes.
pub(crate) fn metered(_: Root, _options: TokenStream, item: TokenStream) -> TokenStream {
    item
}

/// Leaves the item as it is: `#[business_metric]` has no helper attributes.
pub(crate) fn business_metric(_: Root, _options: TokenStream, item: TokenStream) -> TokenStream {
    item
}

/// Implements nothing: in this build, every type is a label.
pub(crate) fn label(_: Root, _item: TokenStream) -> TokenStream {
    TokenStream::new()
}

/// Expands to a guard that does nothing.
pub(crate) fn span(root: Root, input: TokenStream) -> TokenStream {
    let mut path = path_of(root, input);
    for (index, name) in [hidden::MODULE, "Guard", "off"].into_iter().enumerate() {
        if index > 0 || !path.is_empty() {
            path.extend(colons());
        }
        path.extend([TokenTree::from(Ident::new(name, Span::mixed_site()))]);
    }
    path.extend([TokenTree::from(Group::new(Delimiter::Parenthesis, TokenStream::new()))]);
    path
}

fn colons() -> [TokenTree; 2] {
    [Punct::new(':', Spacing::Joint).into(), Punct::new(':', Spacing::Alone).into()]
}

/// The path to the crate with the hidden module: the one given by `crate = …`, or the root.
fn path_of(root: Root, input: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = input.into_iter().collect();
    let mut starts = std::iter::once(0).chain(
        tokens.iter().enumerate().filter(|(_, token)| is_punct(token, ',')).map(|(at, _)| at + 1),
    );
    let start = starts.find(|&at| {
        matches!(tokens.get(at), Some(TokenTree::Ident(ident)) if ident.to_string() == "crate")
            && tokens.get(at + 1).is_some_and(|token| is_punct(token, '='))
    });
    match start {
        Some(at) => {
            tokens[at + 2..].iter().take_while(|token| !is_punct(token, ',')).cloned().collect()
        }
        None => colons()
            .into_iter()
            .chain([TokenTree::from(Ident::new(root.name(), Span::mixed_site()))])
            .collect(),
    }
}

fn is_punct(token: &TokenTree, char: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == char)
}

fn mentions_helper(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions_helper(group.stream()),
        TokenTree::Ident(ident) => ident.to_string() == "attr",
        _ => false,
    })
}

/// Removes the helpers from the parameters of a function, or of every function in a container.
fn strip(item: TokenStream) -> TokenStream {
    let mut output = TokenStream::new();
    let mut state = State::Start;
    let (mut previous, mut angles, mut in_function) = (' ', 0_usize, false);
    for token in item {
        let mut char = ' ';
        let token = match token {
            TokenTree::Punct(punct) => {
                char = punct.as_char();
                match char {
                    '<' => angles += 1,
                    '>' if previous != '-' => angles = angles.saturating_sub(1),
                    ';' => (state, angles, in_function) = (State::Start, 0, false),
                    _ => {}
                }
                TokenTree::Punct(punct)
            }
            TokenTree::Ident(ident) => {
                state = match state {
                    State::Start if ident.to_string() == "fn" => State::Fn,
                    State::Fn => {
                        (angles, in_function) = (0, true);
                        State::Named
                    }
                    other => other,
                };
                TokenTree::Ident(ident)
            }
            TokenTree::Group(group) => match (group.delimiter(), &state) {
                (Delimiter::Parenthesis, State::Named) if angles == 0 => {
                    state = State::Start;
                    regroup(&group, strip_parameters(group.stream()))
                }
                (Delimiter::Parenthesis, State::Fn) => {
                    state = State::Start;
                    TokenTree::Group(group)
                }
                (Delimiter::Brace, _) if !in_function => regroup(&group, strip(group.stream())),
                (Delimiter::Brace, State::Start) => {
                    (in_function, angles) = (false, 0);
                    TokenTree::Group(group)
                }
                (Delimiter::None, _) => regroup(&group, strip(group.stream())),
                _ => TokenTree::Group(group),
            },
            literal => literal,
        };
        previous = char;
        output.extend([token]);
    }
    output
}

enum State {
    /// Before `fn`.
    Start,
    /// After `fn`.
    Fn,
    /// After `fn name`, before its parameters.
    Named,
}

fn regroup(group: &Group, stream: TokenStream) -> TokenTree {
    let mut stripped = Group::new(group.delimiter(), stream);
    stripped.set_span(group.span());
    TokenTree::Group(stripped)
}

fn strip_parameters(parameters: TokenStream) -> TokenStream {
    let mut output = TokenStream::new();
    let mut hash = None;
    for token in parameters {
        match (hash.take(), token) {
            (None, token) if is_punct(&token, '#') => hash = Some(token),
            (Some(_), TokenTree::Group(group)) if is_helper(&group) => {}
            (hash, token) => output.extend(hash.into_iter().chain([token])),
        }
    }
    output
}

fn is_helper(group: &Group) -> bool {
    let mut inside = group.stream().into_iter();
    group.delimiter() == Delimiter::Bracket
        && matches!(inside.next(), Some(TokenTree::Ident(ident)) if ident.to_string() == "attr")
        && match inside.next() {
            None => true,
            Some(TokenTree::Group(arguments)) => arguments.delimiter() == Delimiter::Parenthesis,
            Some(_) => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(item: &str) -> String {
        let item: TokenStream = item.parse().unwrap();
        trace(Root::Runtime, TokenStream::new(), item).to_string()
    }

    fn same(text: &str) -> String {
        text.parse::<TokenStream>().unwrap().to_string()
    }

    #[test]
    fn helpers_are_removed_from_parameters_and_nothing_else_changes() {
        assert_eq!(
            stripped(
                "#[attr] pub async fn f<T: Fn(#[attr] u8) -> u8>(#[attr] a: u8, #[attr(\"k\", ?)] #[cfg(x)] (b, c): T) -> Vec<u8> { #[attr] g(#[attr] a) }"
            ),
            same(
                "#[attr] pub async fn f<T: Fn(#[attr] u8) -> u8>(a: u8, #[cfg(x)] (b, c): T) -> Vec<u8> { #[attr] g(#[attr] a) }"
            ),
        );
        assert_eq!(stripped("fn f(attr: u8) {}"), same("fn f(attr: u8) {}"));
        assert_eq!(
            stripped("fn f(#[attr::other] a: u8) {}"),
            same("fn f(#[attr::other] a: u8) {}")
        );
    }

    #[test]
    fn every_function_of_a_container_is_reached() {
        assert_eq!(
            stripped(
                "impl<T> A<T> for B<fn(u8) -> u8> where T: C<{ 1 }> { const X: u8 = 1; type Y = (u8); fn f(&self, #[attr] a: u8) {} m! { fn x(#[attr] a: u8) {} } fn g(#[attr(%)] b: u8) -> u8; }"
            ),
            same(
                "impl<T> A<T> for B<fn(u8) -> u8> where T: C<{ 1 }> { const X: u8 = 1; type Y = (u8); fn f(&self, a: u8) {} m! { fn x(a: u8) {} } fn g(b: u8) -> u8; }"
            ),
        );
    }

    #[test]
    fn items_without_helpers_stay_untouched_and_labels_need_no_code() {
        let (root, item) = (Root::Runtime, "#[metered(skip)] fn f(&self, a: u8) {}");
        let options = || TokenStream::new();
        assert_eq!(metered(root, options(), item.parse().unwrap()).to_string(), same(item));
        assert_eq!(business_metric(root, options(), item.parse().unwrap()).to_string(), same(item));
        assert!(label(root, "enum Tier { Free }".parse().unwrap()).is_empty());
        let options = "attach, baggage(tenant = id, \"user.tier\" = %tier), attrs(size)";
        let traced = trace(root, options.parse().unwrap(), item.parse().unwrap());
        assert_eq!(traced.to_string(), same(item));
    }

    #[test]
    fn a_span_is_a_guard_of_the_named_crate() {
        let module = hidden::MODULE;
        for (root, input, krate) in [
            (Root::Runtime, "\"a\", attrs(b = c)", "::trace_runtime"),
            (Root::Core, "\"a\"", "::trace_core"),
            (Root::Core, "\"a\", crate = a::b, root", "a::b"),
        ] {
            let expanded = span(root, input.parse().unwrap()).to_string();
            assert_eq!(expanded, same(&format!("{krate}::{module}::Guard::off()")));
        }
    }
}
