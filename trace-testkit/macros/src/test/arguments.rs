//! Parses the arguments of the attribute.

use super::errors;
use super::function::Function;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Error, Ident, LitBool, LitInt, LitStr, Path, Token};

/// A value and where it was written.
struct Given<T> {
    value: T,
    span: Span,
}

#[derive(Default)]
pub(super) struct Arguments {
    multi_thread: Option<Given<bool>>,
    worker_threads: Option<Given<usize>>,
    start_paused: Option<Given<bool>>,
    live: Option<Given<()>>,
    krate: Option<Given<Path>>,
}

impl Arguments {
    /// Parses all arguments; mistakes go to `errors`.
    pub(super) fn parse(tokens: TokenStream, errors: &mut Vec<Error>) -> Self {
        let mut arguments = Self::default();
        let parsed = (|input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = arguments.one(input) {
                    errors.push(error);
                    skip(input)?;
                }
                if input.is_empty() {
                    break;
                }
                input.parse::<Token![,]>()?;
            }
            Ok(())
        })
        .parse2(tokens);
        errors.extend(parsed.err());
        arguments
    }

    fn one(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let name = input.call(Ident::parse_any)?;
        match name.to_string().as_str() {
            "flavor" => set(&mut self.multi_thread, &name, || flavor(input, &name)),
            "worker_threads" => set(&mut self.worker_threads, &name, || threads(input, &name)),
            "start_paused" => set(&mut self.start_paused, &name, || {
                equals(input, &name)?;
                let paused: LitBool = expect(input, errors::PAUSED)?;
                Ok(paused.value)
            }),
            "live" => set(&mut self.live, &name, || Ok(())),
            "crate" => set(&mut self.krate, &name, || {
                equals(input, &name)?;
                match input.peek(LitStr) {
                    true => input.parse::<LitStr>()?.parse_with(Path::parse_mod_style),
                    false => input.call(Path::parse_mod_style),
                }
            }),
            unknown => Err(Error::new(name.span(), errors::unknown(unknown))),
        }
    }

    /// Checks the rules across arguments, and between them and the function.
    pub(super) fn check(&self, function: &Function, errors: &mut Vec<Error>) {
        let mut wrong = |span: Option<Span>, message: &str| {
            errors.extend(span.map(|span| Error::new(span, message)));
        };
        let span_of_flavor = self.multi_thread.as_ref().map(|given| given.span);
        let span_of_threads = self.worker_threads.as_ref().map(|given| given.span);
        let span_of_paused = self.start_paused.as_ref().map(|given| given.span);
        if !function.is_async() {
            for span in [span_of_flavor, span_of_threads, span_of_paused] {
                wrong(span, errors::NOT_ASYNC);
            }
        } else if self.is_multi_thread() {
            let span = span_of_paused.filter(|_| self.is_paused());
            wrong(span, errors::PAUSED_THREADS);
        } else {
            wrong(span_of_threads, errors::THREADS_OF_ONE);
        }
    }

    pub(super) fn is_multi_thread(&self) -> bool {
        self.multi_thread.as_ref().is_some_and(|given| given.value)
    }

    pub(super) fn worker_threads(&self) -> Option<usize> {
        self.worker_threads.as_ref().map(|given| given.value)
    }

    pub(super) fn is_paused(&self) -> bool {
        self.start_paused.as_ref().is_some_and(|given| given.value)
    }

    pub(super) fn is_live(&self) -> bool {
        self.live.is_some()
    }

    /// The path of the testkit.
    pub(super) fn krate(&self) -> TokenStream {
        match &self.krate {
            Some(given) => given.value.to_token_stream(),
            None => quote!(::trace_testkit),
        }
    }
}

fn set<T>(
    place: &mut Option<Given<T>>,
    name: &Ident,
    value: impl FnOnce() -> syn::Result<T>,
) -> syn::Result<()> {
    if place.is_some() {
        return Err(Error::new(name.span(), errors::twice(name)));
    }
    *place = Some(Given { value: value()?, span: name.span() });
    Ok(())
}

fn equals(input: ParseStream<'_>, name: &Ident) -> syn::Result<()> {
    let equals = input.parse::<Token![=]>();
    equals.map(drop).map_err(|_| Error::new(name.span(), errors::no_value(name)))
}

fn expect<T: syn::parse::Parse>(input: ParseStream<'_>, message: &str) -> syn::Result<T> {
    let span = input.span();
    input.parse().map_err(|_| Error::new(span, message))
}

fn flavor(input: ParseStream<'_>, name: &Ident) -> syn::Result<bool> {
    equals(input, name)?;
    let flavor: LitStr = expect(input, errors::FLAVOR)?;
    match flavor.value().as_str() {
        "multi_thread" => Ok(true),
        "current_thread" => Ok(false),
        _ => Err(Error::new(flavor.span(), errors::FLAVOR)),
    }
}

fn threads(input: ParseStream<'_>, name: &Ident) -> syn::Result<usize> {
    equals(input, name)?;
    let count: LitInt = expect(input, errors::THREADS)?;
    let parsed = count.base10_parse().ok().filter(|&count| count > 0);
    parsed.ok_or_else(|| Error::new(count.span(), errors::THREADS))
}

/// Skips to the next comma, so that the arguments after it are checked, too.
fn skip(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}
