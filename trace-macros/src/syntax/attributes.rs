//! Recognises attributes of the compiler and of tools, which leave a function as it is.

use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Path, Token};

use crate::attribute::Macro;

/// Whether an attribute keeps its meaning on a function that returns a future.
pub(crate) fn is_inert_for_futures(attr: &Attribute) -> bool {
    is_inert(attr) && !["must_use", "track_caller"].iter().any(|name| attr.path().is_ident(name))
}

/// Whether an attribute belongs to the compiler or to a tool and does not rewrite the function.
pub(crate) fn is_inert(attr: &Attribute) -> bool {
    const INERT: &[&str] = &[
        "allow",
        "automatically_derived",
        "cfg",
        "cold",
        "coverage",
        "deny",
        "deprecated",
        "doc",
        "expect",
        "export_name",
        "forbid",
        "inline",
        "link_section",
        "must_use",
        "no_mangle",
        "optimize",
        "target_feature",
        "track_caller",
        "warn",
    ];
    let path = attr.path();
    if path.is_ident("cfg_attr") {
        return attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).is_ok_and(
            |list| {
                list.iter().skip(1).all(|meta| {
                    INERT
                        .iter()
                        .any(|name| meta.path().is_ident(name) && !meta.path().is_ident("must_use"))
                        || is_tool(meta.path())
                })
            },
        );
    }
    INERT.iter().any(|name| path.is_ident(name)) || is_tool(path)
}

/// `clippy::…`, `rustfmt::skip`, `diagnostic::…`
fn is_tool(path: &Path) -> bool {
    path.segments.len() > 1
        && ["clippy", "rustfmt", "diagnostic", "miri", "rust_analyzer"]
            .iter()
            .any(|tool| path.segments[0].ident == tool)
}

/// The attribute of this crate that a `cfg_attr` hides.
pub(crate) fn hidden(attr: &Attribute) -> Option<Macro> {
    if !attr.path().is_ident("cfg_attr") {
        return None;
    }
    let list = attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    list.iter().skip(1).find_map(|meta| Macro::of(meta.path()))
}
