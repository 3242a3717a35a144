//! Lists the public API of each crate from its sources, and compares it with `xtask/api/CRATE.txt`.
//!
//! One line stands for one item, field, variant, method or trait implementation. What a macro generates,
//! and what is hidden from the documentation, is left out.

use crate::sources::{self, Module, Sources, attributes, declared, is_hidden};
use crate::{Outcome, root};
use quote::{ToTokens, quote};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, Signature, TraitItem, Type, Visibility};

const FOLDER: &str = "xtask/api";

/// The crates that are published.
const CRATES: [(&str, &str); 10] = [
    ("trace-config", "trace-config/src/lib.rs"),
    ("trace-core", "trace-core/src/lib.rs"),
    ("trace-macros", "trace-macros/src/lib.rs"),
    ("trace-mcp", "trace-mcp/src/lib.rs"),
    ("trace-runtime", "trace-runtime/src/lib.rs"),
    ("trace-sql", "trace-sql/src/lib.rs"),
    ("trace-testkit", "trace-testkit/src/lib.rs"),
    ("trace-testkit-macros", "trace-testkit/macros/src/lib.rs"),
    ("trace-tower", "trace-tower/src/lib.rs"),
    ("trace-tracing", "trace-tracing/src/lib.rs"),
];

/// Compares the listings; with `--bless`, writes them.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    let blesses = arguments.iter().any(|argument| argument == "--bless");
    let mut faults = Vec::new();
    for (name, root_file) in CRATES {
        let sources = Sources::read(&root().join(root_file))?;
        let listing = Listing::of(&sources);
        let file = root().join(FOLDER).join(format!("{name}.txt"));
        if blesses {
            fs::create_dir_all(root().join(FOLDER))?;
            fs::write(
                &file,
                listing.lines.iter().map(|line| format!("{line}\n")).collect::<String>(),
            )?;
            continue;
        }
        let was = fs::read_to_string(&file).unwrap_or_default();
        let was: BTreeSet<&str> = was.lines().collect();
        let is: BTreeSet<&str> = listing.lines.iter().map(String::as_str).collect();
        faults.extend(was.difference(&is).map(|line| format!("- {name}: {line}")));
        faults.extend(is.difference(&was).map(|line| format!("+ {name}: {line}")));
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the public API is not as listed in {FOLDER}; if that is meant: cargo xtask api --bless\n{}",
        faults.join("\n")
    )
    .into())
}

struct Listing<'a> {
    sources: &'a Sources,
    lines: BTreeSet<String>,
    /// The modules that are being added: a re-export may lead back to one of them.
    within: Vec<usize>,
    /// By module and name, the path under which a type is public.
    types: BTreeMap<(usize, String), String>,
}

impl<'a> Listing<'a> {
    fn of(sources: &'a Sources) -> Self {
        let mut listing =
            Self { sources, lines: BTreeSet::new(), within: Vec::new(), types: BTreeMap::new() };
        listing.add_module(0, "");
        for (at, module) in sources.modules().iter().enumerate() {
            for item in &module.items {
                if let Item::Impl(item) = item {
                    listing.add_impl(at, item);
                }
            }
        }
        listing
    }

    /// Adds all public names of a module below `path`.
    fn add_module(&mut self, at: usize, path: &str) {
        if self.within.contains(&at) {
            return;
        }
        self.within.push(at);
        let module = &self.sources.modules()[at];
        for item in &module.items {
            if is_public(item) {
                let name = declared(item).unwrap_or_default();
                self.add_item(at, item, &joined(path, &name));
            }
        }
        for (name, child) in &module.children {
            let child_module = &self.sources.modules()[*child];
            if child_module.is_public {
                let path = joined(path, name);
                self.lines.insert(format!("mod {path}"));
                self.add_module(*child, &path);
            }
        }
        for used in &module.uses {
            if used.is_public && !used.is_hidden {
                self.add_reexport(at, used, path);
            }
        }
        self.within.pop();
    }

    fn add_reexport(&mut self, at: usize, used: &sources::Use, path: &str) {
        let public = joined(path, &used.name);
        let Some(target) = self.sources.resolve(at, &used.path).filter(|target| *target != at)
        else {
            self.lines.insert(format!("use {public} = {}", used.path.join("::")));
            return;
        };
        if used.name == "*" {
            return self.add_module(target, path);
        }
        let module: &Module = &self.sources.modules()[target];
        let original = used.path.last().map(String::as_str).unwrap_or_default();
        let named =
            module.items.iter().filter(|item| declared(item).is_some_and(|it| it == original));
        let named: Vec<_> = named.collect();
        if named.is_empty() {
            self.lines.insert(format!("mod {public}"));
            return self.add_module(target, &public);
        }
        for item in named {
            self.add_item(target, item, &public);
        }
    }

    fn add_item(&mut self, at: usize, item: &Item, path: &str) {
        if is_hidden(attributes(item)) {
            return;
        }
        let mut add = |line: String| self.lines.insert(line);
        match item {
            Item::Const(item) => {
                add(format!("const {path}: {}", shown(&item.ty)));
            }
            Item::Static(item) => {
                add(format!("static {path}: {}", shown(&item.ty)));
            }
            Item::Type(item) => {
                add(format!("type {path}{} = {}", shown(&item.generics), shown(&item.ty)));
            }
            Item::Macro(_) => {
                add(format!("macro {path}!"));
            }
            Item::Fn(item) => {
                add(signature(&item.sig, path));
            }
            Item::Struct(item) => {
                let marks = marks(&item.attrs);
                add(format!("struct {path}{}{marks}", shown(&item.generics)));
                for (number, field) in item.fields.iter().enumerate() {
                    if matches!(field.vis, Visibility::Public(_)) {
                        let name =
                            field.ident.as_ref().map_or(number.to_string(), |it| it.to_string());
                        add(format!("field {path}.{name}: {}", shown(&field.ty)));
                    }
                }
                self.types.insert((at, item.ident.to_string()), path.to_owned());
            }
            Item::Enum(item) => {
                let marks = marks(&item.attrs);
                add(format!("enum {path}{}{marks}", shown(&item.generics)));
                for variant in &item.variants {
                    let fields = match &variant.fields {
                        Fields::Unit => String::new(),
                        fields => {
                            let fields = fields.iter().map(|field| {
                                let name = field.ident.as_ref().map(|it| format!("{it}: "));
                                name.unwrap_or_default() + &shown(&field.ty)
                            });
                            format!("({})", fields.collect::<Vec<_>>().join(", "))
                        }
                    };
                    add(format!("variant {path}::{}{fields}", variant.ident));
                }
                self.types.insert((at, item.ident.to_string()), path.to_owned());
            }
            Item::Trait(item) => {
                let bounds = &item.supertraits;
                let bounds =
                    if bounds.is_empty() { String::new() } else { format!(": {}", shown(bounds)) };
                add(format!("trait {path}{}{bounds}", shown(&item.generics)));
                for member in &item.items {
                    let line = match member {
                        TraitItem::Fn(method) if !is_hidden(&method.attrs) => {
                            let provided = if method.default.is_some() { " { … }" } else { "" };
                            signature(&method.sig, &format!("{path}::{}", method.sig.ident))
                                + provided
                        }
                        TraitItem::Type(ty) => format!("type {path}::{}", ty.ident),
                        TraitItem::Const(it) => {
                            format!("const {path}::{}: {}", it.ident, shown(&it.ty))
                        }
                        _ => continue,
                    };
                    add(line);
                }
            }
            _ => {}
        }
    }

    /// Adds the methods of a public type, and the traits that it implements.
    fn add_impl(&mut self, at: usize, item: &ItemImpl) {
        let Type::Path(ty) = &*item.self_ty else { return };
        let path: Vec<String> = ty.path.segments.iter().map(|it| it.ident.to_string()).collect();
        let Some(name) = path.last() else { return };
        let home = match self.sources.resolve(at, &path) {
            Some(module) => module,
            None => at,
        };
        let Some(public) = self.types.get(&(home, name.clone())).cloned() else { return };
        if let Some((of, _)) = &item.trait_ {
            let generics = shown(&item.generics);
            self.lines.insert(format!("impl{generics} {} for {}", shown(of), shown(ty)));
            return;
        }
        for member in &item.items {
            match member {
                ImplItem::Fn(method)
                    if matches!(method.vis, Visibility::Public(_)) && !is_hidden(&method.attrs) =>
                {
                    let path = format!("{public}::{}", method.sig.ident);
                    self.lines.insert(signature(&method.sig, &path));
                }
                ImplItem::Const(it) if matches!(it.vis, Visibility::Public(_)) => {
                    self.lines.insert(format!("const {public}::{}: {}", it.ident, shown(&it.ty)));
                }
                _ => {}
            }
        }
    }
}

fn is_public(item: &Item) -> bool {
    let visibility = match item {
        Item::Const(item) => &item.vis,
        Item::Enum(item) => &item.vis,
        Item::Fn(item) => &item.vis,
        Item::Static(item) => &item.vis,
        Item::Struct(item) => &item.vis,
        Item::Trait(item) => &item.vis,
        Item::Type(item) => &item.vis,
        Item::Macro(item) => {
            return item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"));
        }
        _ => return false,
    };
    matches!(visibility, Visibility::Public(_))
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}::{name}") }
}

/// A signature with the whole path in the place of the name.
fn signature(signature: &Signature, path: &str) -> String {
    let Signature { constness, asyncness, safety, abi, generics, inputs, output, .. } = signature;
    let before = shown(&quote!(#constness #asyncness #safety #abi));
    let space = if before.is_empty() { "" } else { " " };
    let bounds = &generics.where_clause;
    let after = shown(&quote!((#inputs) #output #bounds));
    format!("{before}{space}fn {path}{}{after}", shown(generics))
}

/// What an attribute promises to users: derived traits, `#[non_exhaustive]`, `#[must_use]`.
fn marks(attributes: &[Attribute]) -> String {
    let kept = ["derive", "must_use", "non_exhaustive", "repr"];
    let kept = attributes.iter().filter(|it| kept.iter().any(|name| it.path().is_ident(name)));
    kept.map(|attribute| {
        let name = shown(attribute.path());
        match &attribute.meta {
            syn::Meta::List(list) => format!(" #[{name}({})]", shown(&list.tokens)),
            _ => format!(" #[{name}]"),
        }
    })
    .collect()
}

/// Tokens as a person would write them.
fn shown(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (from, to) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" <", "<"),
        (" >", ">"),
        ("< ", "<"),
        (" ,", ","),
        ("& ", "&"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" :", ":"),
        ("[ ", "["),
        (" ]", "]"),
        (" ;", ";"),
        ("' ", "'"),
        (",)", ")"),
        ("-> (", "-> ("),
        ("->(", "-> ("),
        ("fn(", "fn("),
        (" ?", "?"),
        ("? ", "?"),
        (",>", ">"),
    ] {
        text = text.replace(from, to);
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_shown_as_they_are_written() {
        let tokens: proc_macro2::TokenStream =
            "(mut self, name: impl Into<&'static str>) -> Result<Self, a::Error>".parse().unwrap();
        let expected = "(mut self, name: impl Into<&'static str>) -> Result<Self, a::Error>";
        assert_eq!(shown(&tokens), expected);
    }
}
