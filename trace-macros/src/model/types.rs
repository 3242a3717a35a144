//! Reads types as written.

use syn::{GenericArgument, PathArguments, PathSegment, Type};

/// Types without parameters that are usually named without their modules.
pub(super) const PLAIN: &[&str] = &[
    "bool",
    "char",
    "str",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "f32",
    "f64",
    "String",
    "PathBuf",
    "OsString",
    "Duration",
    "Instant",
    "SystemTime",
    "Ordering",
];

/// The type without parentheses and invisible groups.
pub(super) fn ungroup(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungroup(&group.elem),
        Type::Paren(paren) => ungroup(&paren.elem),
        other => other,
    }
}

/// The first type argument of a path segment.
pub(super) fn argument(segment: &PathSegment) -> Option<&Type> {
    arguments(segment).first().copied()
}

/// The type arguments of a path segment.
pub(super) fn arguments(segment: &PathSegment) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Vec::new() };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ungroup(ty)),
        _ => None,
    });
    types.collect()
}

/// Whether a name looks like a generic parameter: `T`, `N`, `T1`.
pub(super) fn looks_like_parameter(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_uppercase())
        && chars.all(|rest| rest.is_ascii_digit())
}
