//! Parses span names: a literal, a template with variables in braces, or a constant expression.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::parse::ParseStream;
use syn::{Expr, LitStr};

use crate::errors::{self, Errors};

/// The name of a span.
pub(crate) enum Name {
    /// Known text.
    Text(String),
    /// `"checkout {tier}"`: a format string, and its arguments.
    Template { text: String, format: LitStr, arguments: Vec<TokenStream> },
    /// A constant expression.
    Constant(Expr),
}

impl Name {
    /// Parses a literal, which is a template if it has variables in braces.
    pub(super) fn literal(literal: &LitStr) -> syn::Result<Self> {
        let text = literal.value();
        let mistake = |message: String| Err(syn::Error::new(literal.span(), message));
        if text.is_empty() {
            return mistake(errors::empty_name());
        }
        if text.contains('\0') {
            return mistake(errors::nul_in_name());
        }
        let (mut plain, mut format) = (String::new(), String::new());
        let mut arguments = Vec::new();
        let mut rest = text.chars().peekable();
        while let Some(next) = rest.next() {
            match next {
                '{' | '}' if rest.peek() == Some(&next) => {
                    rest.next();
                    plain.push(next);
                    format.extend([next, next]);
                }
                '{' => {
                    let mut inside = String::new();
                    loop {
                        match rest.next() {
                            Some('}') => break,
                            Some('{') | None => return mistake(errors::template_unclosed()),
                            Some(other) => inside.push(other),
                        }
                    }
                    let (variable, spec) = match inside.find(':') {
                        Some(colon) => inside.split_at(colon),
                        None => (inside.as_str(), ""),
                    };
                    let variable = variable.trim();
                    if variable.is_empty() || variable.chars().all(|c| c.is_ascii_digit()) {
                        return mistake(errors::template_positional(&inside));
                    }
                    match variable_or_field(variable, literal) {
                        Some(tokens) => arguments.push(tokens),
                        None => return mistake(errors::template_expression(&inside)),
                    }
                    format.push('{');
                    format.push_str(spec.trim_end());
                    format.push('}');
                }
                '}' => return mistake(errors::template_unopened()),
                other => {
                    plain.push(other);
                    format.push(other);
                }
            }
        }
        Ok(if arguments.is_empty() {
            Name::Text(plain)
        } else {
            Name::Template { text, format: LitStr::new(&format, literal.span()), arguments }
        })
    }

    /// Parses the right-hand side of `name =`.
    pub(super) fn parse(input: ParseStream, _: &mut Errors) -> syn::Result<Self> {
        match input.parse()? {
            Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(literal), .. }) => Self::literal(&literal),
            other => Ok(Name::Constant(other)),
        }
    }
}

fn variable_or_field(text: &str, literal: &LitStr) -> Option<TokenStream> {
    let span = literal.span();
    let mut tokens = TokenStream::new();
    for (index, part) in text.split('.').enumerate() {
        let part = part.trim();
        let part = if index > 0 && !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()) {
            let mut number = proc_macro2::Literal::usize_unsuffixed(part.parse().ok()?);
            number.set_span(span);
            quote!(#number)
        } else if part == "self" && index == 0 {
            let part = Ident::new(part, span);
            quote!(#part)
        } else if let Some(raw) = part.strip_prefix("r#") {
            syn::parse_str::<Ident>(part).ok()?;
            let part = Ident::new_raw(raw, span);
            quote!(#part)
        } else {
            syn::parse_str::<Ident>(part).ok()?;
            let part = Ident::new(part, span);
            quote!(#part)
        };
        if index > 0 {
            let mut dot = proc_macro2::Punct::new('.', proc_macro2::Spacing::Alone);
            dot.set_span(span);
            tokens.extend([proc_macro2::TokenTree::from(dot)]);
        }
        tokens.extend(part);
    }
    Some(tokens)
}
