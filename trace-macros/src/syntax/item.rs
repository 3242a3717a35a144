//! Parses items: the signature in full, the body as tokens, so that a half-written body still reaches
//! the compiler and the editor.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, FnArg, Generics, Signature, Token, Type, Visibility};

use super::keys;
use crate::attribute::Macro;
use crate::errors;

/// The item below an attribute.
pub(crate) enum Item {
    Function(Box<Function>),
    Container(Container),
}

/// A function or method.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) defaultness: Option<Token![default]>,
    pub(crate) sig: Signature,
    pub(crate) body: Option<Body>,
    /// Whether an attribute of the enclosing block is still to rewrite its methods.
    pub(crate) rewritten: bool,
    semi: Option<Token![;]>,
}

/// A function body, which is not parsed, except for the attributes that must stay first.
pub(crate) struct Body {
    /// `#![…]`
    pub(crate) inner: TokenStream,
    /// The rest, braces included.
    pub(crate) block: Group,
}

/// An `impl` block or a trait.
pub(crate) struct Container {
    pub(crate) attrs: Vec<Attribute>,
    /// Everything between the attributes and the braces.
    pub(crate) head: TokenStream,
    /// The name of the type or trait.
    pub(crate) name: String,
    pub(crate) members: Vec<Member>,
    inner: TokenStream,
    braces: Group,
}

/// An item within a container.
pub(crate) enum Member {
    Function(Box<Function>),
    Other(TokenStream),
}

impl Item {
    /// Parses the item below an attribute, or reports that it is another kind of item.
    pub(crate) fn parse(tokens: TokenStream, below: Macro) -> syn::Result<Self> {
        (|input: ParseStream| Self::read(input, below)).parse2(tokens)
    }

    fn read(input: ParseStream, below: Macro) -> syn::Result<Self> {
        let ahead = input.fork();
        ahead.call(Attribute::parse_outer)?;
        ahead.parse::<Visibility>()?;
        if starts_function(&ahead) {
            return Ok(Item::Function(input.parse()?));
        }
        ahead.parse::<Option<Token![default]>>()?;
        ahead.parse::<Option<Token![unsafe]>>()?;
        if ahead.peek(Token![impl]) || ahead.peek(Token![trait]) || is_auto_trait(&ahead) {
            return Ok(Item::Container(input.parse()?));
        }
        let found = ahead.cursor().token_stream().into_iter().next();
        let word = found.map_or_else(
            || "nothing".to_owned(),
            |token| match token.to_string() {
                word if ["struct", "enum", "mod", "const", "static", "type", "union", "use"]
                    .contains(&word.as_str()) =>
                {
                    format!("a `{word}`")
                }
                _ => "this".to_owned(),
            },
        );
        Err(ahead.error(errors::wrong_item(below, &word)))
    }
}

fn is_auto_trait(input: ParseStream) -> bool {
    input.peek(Token![auto]) && input.peek2(Token![trait])
}

fn starts_function(input: ParseStream) -> bool {
    let ahead = input.fork();
    if ahead.peek(Token![default]) && !ahead.peek2(Token![!]) {
        let _ = ahead.parse::<Token![default]>();
    }
    loop {
        if ahead.peek(Token![fn]) {
            return true;
        }
        let modifier = ahead.parse::<Option<Token![const]>>().is_ok_and(|found| found.is_some())
            || ahead.parse::<Option<Token![async]>>().is_ok_and(|found| found.is_some())
            || ahead.parse::<Option<Token![unsafe]>>().is_ok_and(|found| found.is_some())
            || ahead.parse::<Option<syn::Abi>>().is_ok_and(|found| found.is_some());
        if !modifier {
            return false;
        }
    }
}

impl Parse for Function {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let defaultness = input.parse()?;
        let sig = input.parse()?;
        let semi: Option<Token![;]> = input.parse()?;
        let body = if semi.is_some() { None } else { Some(input.parse()?) };
        Ok(Self { attrs, vis, defaultness, sig, body, rewritten: false, semi })
    }
}

impl Parse for Body {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let block = block(input)?;
        let (inner, rest) = split_inner_attributes(block.stream());
        if inner.is_empty() {
            return Ok(Self { inner, block });
        }
        let mut stripped = Group::new(Delimiter::Brace, rest);
        stripped.set_span(block.span());
        Ok(Self { inner, block: stripped })
    }
}

fn block(input: ParseStream) -> syn::Result<Group> {
    input.step(|cursor| {
        if let Some((token, rest)) = cursor.token_tree()
            && let Some(group) = braces(&token)
        {
            return Ok((group, rest));
        }
        Err(cursor.error("expected a function body in braces"))
    })
}

/// The group in braces that a token is, possibly within invisible groups.
fn braces(token: &TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = token else { return None };
    match group.delimiter() {
        Delimiter::Brace => Some(group.clone()),
        Delimiter::None => {
            let mut inside = group.stream().into_iter();
            match (inside.next(), inside.next()) {
                (Some(only), None) => braces(&only),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Splits `#![…]` off the front of a block.
pub(crate) fn split_inner_attributes(block: TokenStream) -> (TokenStream, TokenStream) {
    let is = |token: Option<&TokenTree>, char| matches!(token, Some(TokenTree::Punct(p)) if p.as_char() == char);
    let tokens: Vec<TokenTree> = block.into_iter().collect();
    let mut split = 0;
    while is(tokens.get(split), '#')
        && is(tokens.get(split + 1), '!')
        && matches!(tokens.get(split + 2), Some(TokenTree::Group(_)))
    {
        split += 3;
    }
    let mut tokens = tokens.into_iter();
    (tokens.by_ref().take(split).collect(), tokens.collect())
}

impl Function {
    /// The name, without `r#`.
    pub(crate) fn name(&self) -> String {
        use syn::ext::IdentExt;
        self.sig.ident.unraw().to_string()
    }

    /// Takes the `#[attr…]`s off all parameters, with the index of each parameter.
    pub(crate) fn take_helpers(&mut self) -> Vec<(usize, Attribute)> {
        let mut helpers = Vec::new();
        for (index, input) in self.sig.inputs.iter_mut().enumerate() {
            let attrs = match input {
                FnArg::Receiver(receiver) => &mut receiver.attrs,
                FnArg::Typed(typed) => &mut typed.attrs,
            };
            for attr in std::mem::take(attrs) {
                if attr.path().is_ident(keys::ATTR) {
                    helpers.push((index, attr));
                } else {
                    attrs.push(attr);
                }
            }
        }
        helpers
    }

    /// Takes every attribute of this crate off the function.
    pub(crate) fn take_ours(&mut self) -> Vec<(Macro, Attribute)> {
        take_ours(&mut self.attrs)
    }
}

fn take_ours(attrs: &mut Vec<Attribute>) -> Vec<(Macro, Attribute)> {
    let mut ours = Vec::new();
    for attr in std::mem::take(attrs) {
        match Macro::of(attr.path()) {
            Some(which) => ours.push((which, attr)),
            None => attrs.push(attr),
        }
    }
    ours
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.attrs);
        self.vis.to_tokens(tokens);
        self.defaultness.to_tokens(tokens);
        self.sig.to_tokens(tokens);
        match &self.body {
            Some(body) if body.inner.is_empty() => body.block.to_tokens(tokens),
            Some(body) => {
                let mut all = body.inner.clone();
                all.extend(body.block.stream());
                let mut group = Group::new(Delimiter::Brace, all);
                group.set_span(body.block.span());
                group.to_tokens(tokens);
            }
            None => self.semi.to_tokens(tokens),
        }
    }
}

impl Parse for Container {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let name = container_name(&input.fork())?;
        let mut head = TokenStream::new();
        let block = loop {
            let token: TokenTree = input.parse()?;
            match braces(&token) {
                // Earlier groups in braces are const arguments.
                Some(group) if input.is_empty() => break group,
                _ => token.to_tokens(&mut head),
            }
        };
        let (inner, rest) = split_inner_attributes(block.stream());
        let members = members.parse2(rest)?;
        Ok(Self { attrs, head, name, members, inner, braces: block })
    }
}

fn container_name(input: ParseStream) -> syn::Result<String> {
    input.parse::<Visibility>()?;
    input.parse::<Option<Token![default]>>()?;
    input.parse::<Option<Token![unsafe]>>()?;
    input.parse::<Option<Token![auto]>>()?;
    if input.parse::<Option<Token![trait]>>()?.is_some() {
        let name: Ident = input.parse()?;
        drain(input);
        return Ok(syn::ext::IdentExt::unraw(&name).to_string());
    }
    input.parse::<Token![impl]>()?;
    let generic = input.peek(Token![<])
        && (input.peek2(Token![>])
            || input.peek2(Token![#])
            || input.peek2(Token![const])
            || input.peek2(syn::Lifetime)
            || input.peek2(syn::Ident) && !input.peek2(Token![_]));
    if generic && input.fork().parse::<Generics>().is_ok() {
        input.parse::<Generics>()?;
    }
    input.parse::<Option<Token![const]>>()?;
    input.parse::<Option<Token![!]>>()?;
    let mut ty: Type = input.parse()?;
    if input.parse::<Option<Token![for]>>()?.is_some() {
        ty = input.parse()?;
    }
    drain(input);
    Ok(type_name(&ty))
}

fn drain(input: ParseStream) {
    let _ = input.parse::<TokenStream>();
}

/// The short name of a type: `Cart` for `shop::Cart<T>`.
fn type_name(ty: &Type) -> String {
    use syn::ext::IdentExt;
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map_or_else(String::new, |last| last.ident.unraw().to_string()),
        Type::Group(group) => type_name(&group.elem),
        Type::Paren(paren) => type_name(&paren.elem),
        Type::Reference(reference) => type_name(&reference.elem),
        Type::TraitObject(object) => object
            .bounds
            .iter()
            .find_map(|bound| match bound {
                syn::TypeParamBound::Trait(bound) => bound.path.segments.last(),
                _ => None,
            })
            .map_or_else(|| "dyn".to_owned(), |last| last.ident.unraw().to_string()),
        other => other.to_token_stream().to_string().replace(' ', ""),
    }
}

fn members(input: ParseStream) -> syn::Result<Vec<Member>> {
    let mut members = Vec::new();
    while !input.is_empty() {
        let ahead = input.fork();
        ahead.call(Attribute::parse_outer)?;
        ahead.parse::<Visibility>()?;
        members.push(if starts_function(&ahead) {
            Member::Function(input.parse()?)
        } else {
            Member::Other(other_member(input)?)
        });
    }
    Ok(members)
}

/// An associated constant or type, or a macro call: up to `;` or to the end of the macro's braces.
fn other_member(input: ParseStream) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    let mut after_bang = false;
    while !input.is_empty() {
        let token: TokenTree = input.parse()?;
        let end = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => after_bang && group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        after_bang = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '!');
        token.to_tokens(&mut tokens);
        if end {
            break;
        }
    }
    Ok(tokens)
}

impl Container {
    /// Takes every attribute of this crate off the container.
    pub(crate) fn take_ours(&mut self) -> Vec<(Macro, Attribute)> {
        take_ours(&mut self.attrs)
    }

    /// The container with these members.
    pub(crate) fn print(&self, members: TokenStream) -> TokenStream {
        let mut tokens = TokenStream::new();
        tokens.append_all(&self.attrs);
        self.head.to_tokens(&mut tokens);
        let mut inside = self.inner.clone();
        inside.extend(members);
        let mut group = Group::new(Delimiter::Brace, inside);
        group.set_span(self.braces.span());
        group.to_tokens(&mut tokens);
        tokens
    }
}
