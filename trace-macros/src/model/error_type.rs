//! Decides which traits an error may be asked for.
//!
//! The compiler selects an implementation without regard to lifetimes, and then enforces what the
//! implementation requires of them: given `impl<W: Write + 'static> Error for FinishError<W>`, asking
//! whether `FinishError<W>` implements `Error` requires `W: 'static`, and the function may no longer
//! compile. So an error whose type has parameters of the function is asked for `Display` only.

use proc_macro2::Ident;
use syn::{
    GenericArgument, Generics, Path, PathArguments, PathSegment, ReturnType, Type, TypeParamBound,
};

use super::types::{PLAIN, arguments, looks_like_parameter, ungroup};

/// The traits that an error may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// `Error`: the type has no parameter that only the caller knows, as far as the signature shows.
    ForError,
    /// `Display`: the type may have such a parameter.
    ForDisplay,
}

/// The traits that the error of a return type may be asked for. An error that is itself a type
/// parameter may be asked for anything, because its bounds are known.
pub(crate) fn asked(output: &ReturnType, generics: &Generics) -> Asked {
    match output {
        ReturnType::Type(_, ty) if !(Scope { generics }).value(ty) => Asked::ForDisplay,
        _ => Asked::ForError,
    }
}

/// The function in which a type is named.
struct Scope<'a> {
    generics: &'a Generics,
}

impl Scope<'_> {
    /// The error of a returned value.
    fn value(&self, ty: &Type) -> bool {
        match ungroup(ty) {
            Type::Path(path) if path.qself.is_none() => {
                let Some(last) = path.path.segments.last() else { return false };
                let arguments = arguments(last);
                match (last.ident.to_string().as_str(), arguments.as_slice()) {
                    ("Option" | "Poll" | "Pin" | "Box", [value]) => self.value(value),
                    ("Result", [_, error]) => self.error(error),
                    // Most aliases have a fixed error.
                    (name, [value]) if name.ends_with("Result") => {
                        is_of_known_crate(&path.path) || !self.mentions_parameter(value)
                    }
                    ("BoxFuture" | "LocalBoxFuture", [value]) => self.value(value),
                    _ => self.error(ty),
                }
            }
            Type::ImplTrait(implied) => self.bounds(implied.bounds.iter()),
            Type::TraitObject(object) => self.bounds(object.bounds.iter()),
            _ => true,
        }
    }

    /// The error of a future.
    fn bounds<'b>(&self, bounds: impl Iterator<Item = &'b TypeParamBound>) -> bool {
        bounds.into_iter().all(|bound| match bound {
            TypeParamBound::Trait(bound) => bound.path.segments.iter().all(|segment| {
                let PathArguments::AngleBracketed(all) = &segment.arguments else { return true };
                all.args.iter().all(|argument| match argument {
                    GenericArgument::AssocType(assigned) => self.value(&assigned.ty),
                    _ => true,
                })
            }),
            _ => true,
        })
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

    /// An argument of an error. A single name may be that of a parameter.
    fn argument(&self, ty: &Type) -> bool {
        match ungroup(ty) {
            Type::Path(path) => self.error(ty) && path.path.get_ident().is_none_or(is_known),
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

    /// Whether a type mentions a parameter: one of the function, or a name that looks like one.
    fn mentions_parameter(&self, ty: &Type) -> bool {
        use quote::ToTokens;
        self.is_any_parameter(ty.to_token_stream())
    }

    fn is_any_parameter(&self, tokens: proc_macro2::TokenStream) -> bool {
        use proc_macro2::TokenTree;
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => {
                self.generics.type_params().any(|param| param.ident == ident)
                    || looks_like_parameter(&ident.to_string())
            }
            TokenTree::Group(group) => self.is_any_parameter(group.stream()),
            _ => false,
        })
    }
}

/// Whether it is a name that cannot be a parameter.
fn is_known(name: &Ident) -> bool {
    name == "Infallible" || PLAIN.iter().any(|plain| name == plain)
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

    fn closed(signature: &str) -> bool {
        let sig: Signature = syn::parse_str(signature).unwrap();
        asked(&sig.output, &sig.generics) == Asked::ForError
    }

    #[test]
    fn errors_without_parameters_are_asked_for_error() {
        for signature in [
            "fn f()",
            "fn f() -> Result<Order, Error>",
            "fn f() -> Result<Order>",
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
            assert!(closed(signature), "{signature}");
        }
    }

    #[test]
    fn errors_with_parameters_are_asked_for_display() {
        for signature in [
            "fn f<W>() -> Result<W, FinishError<W>>",
            "fn f() -> Result<(), FinishError<Sink>>",
            "fn f() -> Result<(), Quoting<'_>>",
            "fn f() -> Result<(), Self>",
            "fn f() -> Result<(), Self::Error>",
            "fn f() -> Result<(), <W as Sink>::Error>",
            "fn f() -> Result<W>",
            "fn f<Input>() -> Result<Input>",
            "fn f() -> IResult<I, O>",
            "fn f() -> impl Future<Output = Result<(), FinishError<W>>>",
            "fn f() -> BoxFuture<'_, Result<(), FinishError<W>>>",
            "fn f() -> Outcome<W>",
        ] {
            assert!(!closed(signature), "{signature}");
        }
    }
}
