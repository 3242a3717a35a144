//! Describes what a function returns, as far as its signature shows.

use quote::ToTokens;
use syn::{GenericArgument, Generics, Path, PathArguments, ReturnType, Type, TypeParamBound};

use super::types::{PLAIN, argument, ungroup};

/// The kind of a return value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Returns {
    /// `()`
    Nothing,
    /// `-> !`
    Never,
    /// A value that is certainly no `Result`
    Plain,
    /// A `Result`, or a type that may be one
    Fallible,
    /// `impl Future`
    Future,
    /// `Pin<Box<dyn Future>>`
    BoxedFuture,
    /// `impl Stream`
    Stream,
    /// `Pin<Box<dyn Stream>>`
    BoxedStream,
}

impl Returns {
    pub(crate) fn of(output: &ReturnType, generics: &Generics) -> Self {
        match output {
            ReturnType::Default => Self::Nothing,
            ReturnType::Type(_, ty) => Self::ty(ty, generics),
        }
    }

    fn ty(ty: &Type, generics: &Generics) -> Self {
        match ty {
            Type::Group(group) => Self::ty(&group.elem, generics),
            Type::Paren(paren) => Self::ty(&paren.elem, generics),
            Type::Tuple(tuple) if tuple.elems.is_empty() => Self::Nothing,
            Type::Never(_) => Self::Never,
            Type::Reference(_)
            | Type::Tuple(_)
            | Type::Array(_)
            | Type::Slice(_)
            | Type::Ptr(_)
            | Type::FnPtr(_)
            | Type::TraitObject(_) => Self::Plain,
            Type::ImplTrait(implied) => match pollable(implied.bounds.iter()) {
                Some(Pollable::Future) => Self::Future,
                Some(Pollable::Stream) => Self::Stream,
                None => Self::Plain,
            },
            Type::Path(path) if path.qself.is_none() => Self::path(&path.path, generics),
            _ => Self::Fallible,
        }
    }

    fn path(path: &Path, generics: &Generics) -> Self {
        let Some(last) = path.segments.last() else { return Self::Fallible };
        let name = last.ident.to_string();
        if path.segments.len() == 1 && generics.type_params().any(|param| param.ident == name) {
            return Self::Plain;
        }
        match name.as_str() {
            "Pin" => {
                let boxed = argument(last).and_then(|ty| match ungroup(ty) {
                    Type::Path(path) => path.path.segments.last(),
                    _ => None,
                });
                match boxed.filter(|segment| segment.ident == "Box").and_then(argument) {
                    Some(Type::TraitObject(object)) => match pollable(object.bounds.iter()) {
                        Some(Pollable::Future) => Self::BoxedFuture,
                        Some(Pollable::Stream) => Self::BoxedStream,
                        None => Self::Plain,
                    },
                    _ => Self::Plain,
                }
            }
            "BoxFuture" | "LocalBoxFuture" if argument(last).is_some() => Self::BoxedFuture,
            "BoxStream" | "LocalBoxStream" if argument(last).is_some() => Self::BoxedStream,
            "Option" | "Poll" => match argument(last) {
                Some(inner) => match Self::ty(inner, generics) {
                    Self::Fallible => Self::Fallible,
                    _ => Self::Plain,
                },
                None => Self::Fallible,
            },
            name if PLAIN.contains(&name) || INFALLIBLE.contains(&name) => Self::Plain,
            _ => Self::Fallible,
        }
    }

    pub(crate) fn is_lazy(self) -> bool {
        matches!(self, Self::Future | Self::BoxedFuture | Self::Stream | Self::BoxedStream)
    }
}

/// The output of a future, as its signature names it.
pub(crate) enum FutureOutput<'a> {
    /// Explicitly.
    Written(&'a Type),
    /// By a type such as `BoxFuture<'a, T>`, of which only the compiler knows the output.
    Aliased(&'a Type),
}

/// The output of the future that a signature names.
pub(crate) fn output_of_future(output: &ReturnType) -> Option<FutureOutput<'_>> {
    let ReturnType::Type(_, ty) = output else { return None };
    let ty = ungroup(ty);
    let written = match ty {
        Type::ImplTrait(implied) => bound_output(implied.bounds.iter()),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            if last.ident != "Pin" {
                return Some(FutureOutput::Aliased(ty));
            }
            let Type::Path(boxed) = argument(last)? else { return None };
            match argument(boxed.path.segments.last()?)? {
                Type::TraitObject(object) => bound_output(object.bounds.iter()),
                _ => None,
            }
        }
        _ => None,
    };
    written.map(FutureOutput::Written)
}

fn bound_output<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<&'a Type> {
    for bound in bounds {
        if let TypeParamBound::Trait(bound) = bound
            && let PathArguments::AngleBracketed(arguments) = &bound.path.segments.last()?.arguments
        {
            for argument in &arguments.args {
                if let GenericArgument::AssocType(assigned) = argument
                    && assigned.ident == "Output"
                {
                    return Some(&assigned.ty);
                }
            }
        }
    }
    None
}

/// Other types that are certainly no `Result`, besides [`PLAIN`].
const INFALLIBLE: &[&str] = &[
    "Self",
    "Vec",
    "VecDeque",
    "HashMap",
    "HashSet",
    "BTreeMap",
    "BTreeSet",
    "BinaryHeap",
    "Box",
    "Arc",
    "Rc",
    "Cow",
    "NonZero",
    "TokenStream",
    "ExitCode",
];

enum Pollable {
    Future,
    Stream,
}

fn pollable<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<Pollable> {
    for bound in bounds {
        if let TypeParamBound::Trait(bound) = bound
            && let Some(last) = bound.path.segments.last()
        {
            match last.ident.to_string().as_str() {
                "Future" => return Some(Pollable::Future),
                "Stream" => return Some(Pollable::Stream),
                _ => {}
            }
        }
    }
    None
}

/// Whether the type is a `…Result`, or an `Option` or a `Poll` of one.
pub(crate) fn is_outcome(ty: &Type) -> bool {
    let Type::Path(path) = ungroup(ty) else { return false };
    path.path.segments.last().is_some_and(|last| match last.ident.to_string().as_str() {
        "Option" | "Poll" => argument(last).is_some_and(is_outcome),
        name => name.ends_with("Result"),
    })
}

/// Whether the type is named `…Result`, so that options about errors certainly apply to it.
pub(crate) fn is_named_result(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else { return false };
    match ungroup(ty) {
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| last.ident.to_string().ends_with("Result"))
        }
        _ => false,
    }
}

/// Whether the type looks like a future.
pub(crate) fn names_future(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else { return false };
    match ungroup(ty) {
        Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Pin") => {
            true
        }
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| last.ident.to_string().ends_with("Future"))
        }
        Type::ImplTrait(implied) => pollable(implied.bounds.iter()).is_some(),
        _ => false,
    }
}

/// The type as text, spaced as in source code.
pub(crate) fn display(output: &ReturnType) -> String {
    match output {
        ReturnType::Default => "()".to_owned(),
        ReturnType::Type(_, ty) => {
            let text = ty.to_token_stream().to_string();
            let mut tidy = String::new();
            for word in text.split(' ') {
                let glued = tidy.ends_with(['<', '&', ':', '(', '['])
                    || word.starts_with(['<', '>', ':', ',', ')', ']', ';'])
                    || tidy.is_empty();
                if !glued {
                    tidy.push(' ');
                }
                tidy.push_str(word);
            }
            tidy
        }
    }
}
