//! Removes the invisible groups around fragments of `macro_rules` such as `$e:expr`. The compiler ignores
//! such groups in the output of a macro, so `&$e` with `1 + 2` would become `&1 + 2`.

use proc_macro2::{Delimiter, Group, Punct, Spacing, Span, TokenStream, TokenTree};
use syn::{Attribute, Expr, Meta, Type};

/// The same tokens, with parentheses where a group kept an expression or a type together.
pub(crate) fn visible(tokens: TokenStream) -> TokenStream {
    if !is_any_invisible(&tokens) {
        return tokens;
    }
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut all = TokenStream::new();
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else {
            all.extend([token.clone()]);
            continue;
        };
        let (before, behind) = (&tokens[..index], &tokens[index + 1..]);
        let (inside, span) = (visible(group.stream()), group.span());
        let delimited = |delimiter| {
            let mut group = Group::new(delimiter, inside.clone());
            group.set_span(span);
            TokenTree::Group(group)
        };
        match group.delimiter() {
            Delimiter::None if !is_alone(before, behind) && is_loose(&inside) => {
                all.extend([delimited(Delimiter::Parenthesis)]);
            }
            Delimiter::None if is_punct(behind.first(), ':') && is_generic_type(&inside) => {
                all.extend([punct('<', span)]);
                all.extend(inside);
                all.extend([punct('>', span)]);
            }
            Delimiter::None => all.extend(inside),
            delimiter => all.extend([delimited(delimiter)]),
        }
    }
    all
}

/// The attribute, with [`visible`] tokens in its parentheses.
pub(crate) fn visible_in(attribute: &Attribute) -> Attribute {
    let mut attribute = attribute.clone();
    if let Meta::List(list) = &mut attribute.meta {
        list.tokens = visible(std::mem::take(&mut list.tokens));
    }
    attribute
}

/// Whether a group is the only token between two commas, or after a `=`.
fn is_alone(before: &[TokenTree], behind: &[TokenTree]) -> bool {
    let begins = match before {
        [] => true,
        [.., TokenTree::Punct(_), equals] if is_punct(Some(equals), '=') => false,
        [.., last] => is_punct(Some(last), ',') || is_punct(Some(last), '='),
    };
    begins && (behind.is_empty() || is_punct(behind.first(), ','))
}

fn is_punct(token: Option<&TokenTree>, char: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}

fn is_any_invisible(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => {
            group.delimiter() == Delimiter::None || is_any_invisible(&group.stream())
        }
        _ => false,
    })
}

/// Whether neighbouring tokens may change the meaning of these tokens if there are no parentheses.
fn is_loose(tokens: &TokenStream) -> bool {
    if tokens.clone().into_iter().nth(1).is_none() {
        return false;
    }
    match syn::parse2(tokens.clone()) {
        Ok(
            Expr::Array(_)
            | Expr::Call(_)
            | Expr::Field(_)
            | Expr::Index(_)
            | Expr::Lit(_)
            | Expr::Macro(_)
            | Expr::MethodCall(_)
            | Expr::Paren(_)
            | Expr::Path(_)
            | Expr::Repeat(_)
            | Expr::Tuple(_)
            | Expr::Verbatim(_),
        ) => false,
        Ok(_) => true,
        Err(_) => match syn::parse2(tokens.clone()) {
            Ok(Type::TraitObject(object)) => object.bounds.len() > 1,
            Ok(Type::ImplTrait(implied)) => implied.bounds.len() > 1,
            _ => false,
        },
    }
}

/// Whether it is a type such as `Vec<u8>`, which needs angle brackets before `::`.
fn is_generic_type(tokens: &TokenStream) -> bool {
    syn::parse2::<Expr>(tokens.clone()).is_err() && syn::parse2::<Type>(tokens.clone()).is_ok()
}

fn punct(char: char, span: Span) -> TokenTree {
    let mut punct = Punct::new(char, Spacing::Alone);
    punct.set_span(span);
    TokenTree::Punct(punct)
}

#[cfg(test)]
mod tests {
    use super::visible;
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
    use quote::quote;

    fn group(tokens: TokenStream) -> TokenTree {
        TokenTree::Group(Group::new(Delimiter::None, tokens))
    }

    #[test]
    fn grouped_tokens_stay_together() {
        let sum = group(quote!(1 + 2));
        let nested = group(group(quote!(-x)).into());
        for (written, expected) in [
            (quote!(a = #sum * 2, b = #nested.abs()), quote!(a = (1 + 2) * 2, b = (-x).abs())),
            (quote!(a = %#sum, b = 3 == #sum), quote!(a = %(1 + 2), b = 3 == (1 + 2))),
            (quote!(a = #sum, f(#sum)), quote!(a = 1 + 2, f(1 + 2))),
        ] {
            assert_eq!(visible(written).to_string(), expected.to_string());
        }
    }

    #[test]
    fn values_that_stand_alone_need_no_parentheses() {
        for tokens in [
            quote!(x),
            quote!("text"),
            quote!(order.items[0].len()),
            quote!(shop::TIER),
            quote!(vec![1]),
            quote!(&'static str),
        ] {
            let hidden = group(tokens.clone());
            assert_eq!(visible(quote!(a = #hidden)).to_string(), quote!(a = #tokens).to_string());
        }
    }

    #[test]
    fn types_and_expressions_are_distinguished() {
        let (list, object) = (group(quote!(Vec<u8>)), group(quote!(dyn Send + Sync)));
        let path: TokenStream = "::new()".parse().unwrap();
        let written = visible(quote!(#list #path)).to_string().replace(' ', "");
        assert_eq!(written, "<Vec<u8>>::new()");

        assert_eq!(visible(quote!(&#object)).to_string(), quote!(&(dyn Send + Sync)).to_string());
    }
}
