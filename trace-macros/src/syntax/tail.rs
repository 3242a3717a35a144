//! Recognises a body that is nothing but an async block, boxed or not, as written by async-trait or by
//! hand: token by token, because bodies are not parsed.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A body of the form `path::pin(async move { … })` or `async move { … }`.
pub(crate) struct AsyncTail {
    /// `Box::pin` and its parentheses, if it is boxed.
    pub(crate) boxed: Option<(TokenStream, Group)>,
    /// `async` or `async move`.
    pub(crate) keywords: TokenStream,
    pub(crate) block: Group,
}

impl AsyncTail {
    pub(crate) fn of(body: &Group) -> Option<Self> {
        let tokens: Vec<TokenTree> = body.stream().into_iter().collect();
        if let Some((keywords, block)) = async_block(&tokens) {
            return Some(Self { boxed: None, keywords, block });
        }
        let (TokenTree::Group(call), path) = tokens.split_last()? else { return None };
        let names = path_names(path)?;
        if call.delimiter() != Delimiter::Parenthesis
            || !matches!(names.as_slice(), [.., boxed, pin] if boxed == "Box" && pin == "pin")
        {
            return None;
        }
        let mut inside: Vec<TokenTree> = call.stream().into_iter().collect();
        if matches!(inside.last(), Some(TokenTree::Punct(comma)) if comma.as_char() == ',') {
            inside.pop();
        }
        let (keywords, block) = async_block(&inside)?;
        Some(Self { boxed: Some((path.iter().cloned().collect(), call.clone())), keywords, block })
    }
}

fn async_block(tokens: &[TokenTree]) -> Option<(TokenStream, Group)> {
    let word = |token: &TokenTree, word| matches!(token, TokenTree::Ident(i) if *i == word);
    match tokens {
        [first, TokenTree::Group(block)] if word(first, "async") => {
            Some((TokenStream::from(first.clone()), block))
        }
        [first, second, TokenTree::Group(block)]
            if word(first, "async") && word(second, "move") =>
        {
            Some(([first.clone(), second.clone()].into_iter().collect(), block))
        }
        _ => None,
    }
    .filter(|(_, block)| block.delimiter() == Delimiter::Brace)
    .map(|(keywords, block)| (keywords, block.clone()))
}

/// The identifiers of `a::b::c` or `::a::b`; `None` for anything else.
fn path_names(tokens: &[TokenTree]) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => names.push(ident.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            _ => return None,
        }
    }
    Some(names)
}
