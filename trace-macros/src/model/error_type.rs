//! Decides which traits may be required of an error.
//!
//! The compiler selects an implementation without regard to lifetimes, and then enforces what the
//! implementation requires of them: given `impl<W: Write + 'static> Error for FinishError<W>`, asking
//! whether `FinishError<W>` implements `Error` requires `W: 'static`, and the function may no longer
//! compile. So an error whose type has parameters that only the caller knows needs `Display` only.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    GenericArgument, Generics, Path, PathArguments, PathSegment, ReturnType, Type, TypeParamBound,
};

use super::types::{PLAIN, arguments, looks_like_parameter, ungroup};

/// The traits that may be required of an error, from the fewest to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asked {
    /// `Display`: the type has, or may have, a parameter that only the caller knows.
    ForDisplay,
    /// `Error` together with auto traits: an alias may hide a parameter of an enclosing `impl` block, which
    /// the signature alone does not show. A parameter implements no auto trait unless it is bounded by it,
    /// but hardly any other error lacks them.
    IfKnown,
    /// `Error`: the type has no such parameter.
    ForError,
}

impl Asked {
    fn whether(is_closed: bool) -> Self {
        if is_closed { Self::ForError } else { Self::ForDisplay }
    }
}

/// The traits that may be required of the error of a return type. An error that is itself a type
/// parameter may have to implement any of them, because its bounds are known.
pub(crate) fn asked(output: &ReturnType, generics: &Generics) -> Asked {
    match output {
        ReturnType::Default => Asked::ForError,
        ReturnType::Type(_, ty) => Scope { generics }.value(ty),
    }
}

/// The function in which a type is named.
struct Scope<'a> {
    generics: &'a Generics,
}

impl Scope<'_> {
    /// The error of a returned value.
    fn value(&self, ty: &Type) -> Asked {
        match ungroup(ty) {
            Type::Path(path) if path.qself.is_none() => {
                let Some(last) = path.path.segments.last() else { return Asked::ForDisplay };
                let arguments = arguments(last);
                match (last.ident.to_string().as_str(), arguments.as_slice()) {
                    ("Option" | "Poll" | "Pin" | "Box", [value]) => self.value(value),
                    ("Result", [_, error]) => Asked::whether(self.error(error)),
                    (name, [_]) if name.ends_with("Result") && is_of_known_crate(&path.path) => {
                        Asked::ForError
                    }
                    (name, [value]) if name.ends_with("Result") => self.alias(value),
                    ("BoxFuture" | "LocalBoxFuture", [value]) => self.value(value),
                    _ => Asked::whether(self.error(ty)),
                }
            }
            Type::ImplTrait(implied) => self.bounds(implied.bounds.iter()),
            Type::TraitObject(object) => self.bounds(object.bounds.iter()),
            _ => Asked::ForError,
        }
    }

    /// The error of an alias with one argument. Most aliases have a fixed error, but some put the argument
    /// into it.
    fn alias(&self, argument: &Type) -> Asked {
        if self.mentions_parameter(argument.to_token_stream()) {
            Asked::ForDisplay
        } else if self.argument(argument) {
            Asked::ForError
        } else {
            Asked::IfKnown
        }
    }

    /// The error of a future.
    fn bounds<'b>(&self, bounds: impl Iterator<Item = &'b TypeParamBound>) -> Asked {
        let segments = bounds.filter_map(|bound| match bound {
            TypeParamBound::Trait(bound) => Some(&bound.path.segments),
            _ => None,
        });
        let arguments = segments.flatten().filter_map(|segment| match &segment.arguments {
            PathArguments::AngleBracketed(all) => Some(&all.args),
            _ => None,
        });
        let outputs = arguments.flatten().filter_map(|argument| match argument {
            GenericArgument::AssocType(assigned) => Some(self.value(&assigned.ty)),
            _ => None,
        });
        outputs.min().unwrap_or(Asked::ForError)
    }

    fn error(&self, ty: &Type) -> bool {
        match ungroup(ty) {
            Type::Path(path) => {
                let begins_with_self =
                    path.path.segments.first().is_some_and(|s| s.ident == "Self");
                path.qself.is_none()
                    && !begins_with_self
                    && path.path.segments.iter().all(|segment| self.segment(segment))
            }
            Type::Reference(reference) => self.error(&reference.elem),
            Type::Tuple(tuple) => tuple.elems.iter().all(|elem| self.error(elem)),
            Type::TraitObject(_) | Type::Never(_) => true,
            _ => false,
        }
    }

    fn segment(&self, segment: &PathSegment) -> bool {
        match &segment.arguments {
            PathArguments::None => true,
            PathArguments::AngleBracketed(all) => all.args.iter().all(|argument| match argument {
                GenericArgument::Type(ty) => self.argument(ty),
                GenericArgument::Lifetime(lifetime) => lifetime.ident == "static",
                _ => false,
            }),
            PathArguments::Parenthesized(_) => false,
        }
    }

    /// An argument of an error. A single name may be that of a parameter, and so may the first one of
    /// `Sink::Output`.
    fn argument(&self, ty: &Type) -> bool {
        match ungroup(ty) {
            Type::Path(path) => {
                let segments = &path.path.segments;
                self.error(ty)
                    && path.path.get_ident().is_none_or(is_known)
                    && (segments.len() == 1 || is_module(&segments[0].ident))
            }
            Type::Reference(reference) => {
                reference.lifetime.as_ref().is_some_and(|it| it.ident == "static")
                    && self.argument(&reference.elem)
            }
            Type::Tuple(tuple) => tuple.elems.iter().all(|elem| self.argument(elem)),
            Type::Array(array) => self.argument(&array.elem),
            Type::Slice(slice) => self.argument(&slice.elem),
            Type::TraitObject(_) | Type::Never(_) => true,
            _ => false,
        }
    }

    /// Whether a type mentions a type parameter of the function, a name that looks like a parameter, or a
    /// lifetime other than `'static`.
    fn mentions_parameter(&self, tokens: TokenStream) -> bool {
        let mut before = ' ';
        tokens.into_iter().any(|token| {
            let was = before;
            before = match &token {
                TokenTree::Punct(punct) => punct.as_char(),
                _ => ' ',
            };
            match token {
                TokenTree::Ident(ident) if was == '\'' => ident != "static",
                TokenTree::Ident(_) if was == '&' => true,
                TokenTree::Ident(ident) => {
                    self.generics.type_params().any(|param| param.ident == ident)
                        || looks_like_parameter(&ident.to_string())
                }
                TokenTree::Group(group) => was == '&' || self.mentions_parameter(group.stream()),
                _ => false,
            }
        })
    }
}

/// Whether it is a name that cannot be a parameter.
fn is_known(name: &Ident) -> bool {
    name == "Infallible" || PLAIN.iter().any(|plain| name == plain)
}

/// Whether a path begins with a module or a crate, by its look.
fn is_module(first: &Ident) -> bool {
    first.to_string().starts_with(|first: char| !first.is_uppercase())
}

/// `io::Result<T>`, `anyhow::Result<T>`: their errors have no parameters.
fn is_of_known_crate(path: &Path) -> bool {
    const CRATES: &[&str] = &["io", "fmt", "anyhow", "eyre", "color_eyre"];
    let mut segments = path.segments.iter().rev();
    segments.nth(1).is_some_and(|before| CRATES.iter().any(|name| before.ident == name))
}

#[cfg(test)]
mod tests {
    use super::{Asked, asked};
    use syn::Signature;

    fn asked_of(signature: &str) -> Asked {
        let sig: Signature = syn::parse_str(signature).unwrap();
        asked(&sig.output, &sig.generics)
    }

    #[test]
    fn errors_without_parameters_are_asked_for_error() {
        for signature in [
            "fn f()",
            "fn f() -> Result<Order, Error>",
            "fn f() -> Result<()>",
            "fn f() -> Result<Vec<u8>>",
            "fn f() -> Result<shop::Order>",
            "fn f<T>() -> anyhow::Result<T>",
            "fn f<T>() -> std::io::Result<Vec<T>>",
            "fn f<E: Error>() -> Result<(), E>",
            "fn f<T: FromStr>() -> Result<T, T::Err>",
            "fn f() -> Result<(), Box<dyn Error + Send + Sync + '_>>",
            "fn f() -> Result<(), &'static Error>",
            "fn f() -> Result<(), SdkError<get_object::GetObjectError>>",
            "fn f() -> Result<(), PoisonError<String>>",
            "fn f() -> Poll<Option<Result<Row, Error>>>",
            "fn f() -> Pin<Box<dyn Future<Output = Result<u8, Error>> + Send + '_>>",
            "fn f() -> BoxFuture<'_, Result<u8, Error>>",
            "fn f() -> Outcome",
        ] {
            assert_eq!(asked_of(signature), Asked::ForError, "{signature}");
        }
    }

    #[test]
    fn errors_behind_aliases_are_asked_if_they_are_known() {
        for signature in [
            "fn f() -> Result<Order>",
            "fn f() -> crate::Result<Vec<Order>>",
            "fn f() -> Result<(u8, Order)>",
            "fn f() -> Result<Self>",
            "fn f() -> Result<Self::Output>",
            "fn f() -> Result<Sink::Output>",
            "fn f() -> Option<Result<Sink>>",
            "fn f() -> impl Future<Output = Result<Sink>> + Send",
        ] {
            assert_eq!(asked_of(signature), Asked::IfKnown, "{signature}");
        }
    }

    #[test]
    fn errors_with_parameters_are_asked_for_display() {
        for signature in [
            "fn f<W>() -> Result<W, FinishError<W>>",
            "fn f() -> Result<(), FinishError<Sink>>",
            "fn f() -> Result<(), FinishError<Sink::Output>>",
            "fn f() -> Result<(), Quoting<'_>>",
            "fn f() -> Result<(), Self>",
            "fn f() -> Result<(), Self::Error>",
            "fn f() -> Result<(), <W as Sink>::Error>",
            "fn f() -> Result<W>",
            "fn f<Input>() -> Result<Input>",
            "fn f() -> Result<&mut Sink>",
            "fn f() -> Result<&[u8]>",
            "fn f() -> Result<Words<'a>>",
            "fn f() -> IResult<I, O>",
            "fn f() -> impl Future<Output = Result<(), FinishError<W>>>",
            "fn f() -> BoxFuture<'_, Result<(), FinishError<W>>>",
            "fn f() -> Outcome<W>",
        ] {
            assert_eq!(asked_of(signature), Asked::ForDisplay, "{signature}");
        }
    }
}
