//! Reads the sources of a crate: its modules, what each declares and uses. Tests are left out.

mod scan;

use crate::{Outcome, root};
use quote::ToTokens;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path as FilePath, PathBuf};
use syn::{Attribute, Expr, Item, ItemMod, ItemUse, Lit, Meta, UseTree, Visibility};

/// The modules of a crate.
pub(crate) struct Sources {
    modules: Vec<Module>,
}

pub(crate) struct Module {
    /// Such as `export::queue`; empty for the root.
    pub(crate) name: String,
    /// Its file, from the root of the workspace.
    pub(crate) file: String,
    parent: Option<usize>,
    /// Whether other crates see it, if they see the module around it.
    pub(crate) is_public: bool,
    pub(crate) children: BTreeMap<String, usize>,
    pub(crate) uses: Vec<Use>,
    /// All but modules and `use` declarations.
    pub(crate) items: Vec<Item>,
}

/// A path such as `crate::export::Exporter`.
pub(crate) type Path = Vec<String>;

/// A name that a `use` declaration brings in; `*` for all that its path has.
pub(crate) struct Use {
    pub(crate) name: String,
    pub(crate) path: Path,
    /// Whether other crates see it, if they see the module.
    pub(crate) is_public: bool,
    pub(crate) is_hidden: bool,
}

impl Sources {
    pub(crate) fn read(root_file: &FilePath) -> Outcome<Self> {
        let mut sources = Self { modules: Vec::new() };
        let folder = root_file.parent().ok_or("a root file is in a folder")?;
        sources.read_file(root_file, folder, String::new(), None)?;
        Ok(sources)
    }

    /// Reads a file whose child modules are in `folder`.
    fn read_file(
        &mut self,
        file: &FilePath,
        folder: &FilePath,
        name: String,
        parent: Option<usize>,
    ) -> Outcome<usize> {
        let text =
            fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let parsed = syn::parse_file(&text)
            .map_err(|error| format!("{} cannot be parsed: {error}", file.display()))?;
        let module = self.begin(shown(file), name, parent);
        self.read_items(module, parsed.items, file, folder)?;
        Ok(module)
    }

    fn begin(&mut self, file: String, name: String, parent: Option<usize>) -> usize {
        self.modules.push(Module {
            name,
            file,
            parent,
            is_public: true,
            children: BTreeMap::new(),
            uses: Vec::new(),
            items: Vec::new(),
        });
        self.modules.len() - 1
    }

    fn read_items(
        &mut self,
        module: usize,
        items: Vec<Item>,
        file: &FilePath,
        folder: &FilePath,
    ) -> Outcome {
        for item in items {
            match item {
                Item::Mod(item) if !is_test(&item.attrs) => {
                    self.read_module(module, item, file, folder)?;
                }
                Item::Mod(_) => {}
                Item::Use(item) if !is_test(&item.attrs) && item.leading_colon.is_none() => {
                    self.modules[module].read_use(&item.tree, &mut Vec::new(), &item);
                }
                Item::Use(_) => {}
                item if is_test(attributes(&item)) => {}
                item => self.modules[module].items.push(item),
            }
        }
        Ok(())
    }

    fn read_module(
        &mut self,
        parent: usize,
        item: ItemMod,
        file: &FilePath,
        folder: &FilePath,
    ) -> Outcome {
        let ident = item.ident.to_string();
        let name = match self.modules[parent].name.as_str() {
            "" => ident.clone(),
            around => format!("{around}::{ident}"),
        };
        let folder_of_child = folder.join(&ident);
        let is_public = matches!(item.vis, Visibility::Public(_)) && !is_hidden(&item.attrs);
        let child = match item.content {
            Some((_, items)) => {
                let child = self.begin(self.modules[parent].file.clone(), name, Some(parent));
                self.read_items(child, items, file, &folder_of_child)?;
                child
            }
            None => {
                let beside = file.parent().unwrap_or(folder);
                match path_attribute(&item.attrs) {
                    // Its children are beside it.
                    Some(path) => self.read_file(&beside.join(path), beside, name, Some(parent))?,
                    None => {
                        let file = folder.join(format!("{ident}.rs"));
                        let file =
                            if file.exists() { file } else { folder_of_child.join("mod.rs") };
                        self.read_file(&file, &folder_of_child, name, Some(parent))?
                    }
                }
            }
        };
        self.modules[child].is_public = is_public;
        let children = &mut self.modules[parent].children;
        if is_substitute(&item.attrs) {
            children.entry(ident).or_insert(child);
        } else {
            children.insert(ident, child);
        }
        Ok(())
    }

    /// The modules of the root that have code.
    pub(crate) fn top_modules(&self) -> impl Iterator<Item = &str> {
        let children = self.modules[0].children.iter();
        children.filter(|(_, module)| self.has_code(**module)).map(|(name, _)| name.as_str())
    }

    fn has_code(&self, module: usize) -> bool {
        let module = &self.modules[module];
        let is_empty = module.items.is_empty() && module.uses.is_empty();
        !is_empty || module.children.values().any(|child| self.has_code(*child))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.modules.iter().any(|module| module.name == name)
    }

    pub(crate) fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// Whether a module is below another one.
    pub(crate) fn is_within(&self, mut inner: usize, outer: usize) -> bool {
        while let Some(parent) = self.modules[inner].parent {
            if parent == outer {
                return true;
            }
            inner = parent;
        }
        false
    }

    /// The module that declares what a path names; `None` where another crate does.
    pub(crate) fn resolve(&self, from: usize, path: &[String]) -> Option<usize> {
        self.resolve_within(from, path, 0)
    }

    fn resolve_within(&self, from: usize, path: &[String], depth: usize) -> Option<usize> {
        // Declarations that lead round in a circle lead nowhere.
        if depth > 16 {
            return None;
        }
        let (first, rest) = path.split_first()?;
        let module = &self.modules[from];
        match first.as_str() {
            "crate" => self.walk(0, rest, depth),
            "self" => self.walk(from, rest, depth),
            "super" => self.walk(module.parent?, rest, depth),
            name => {
                if let Some(&child) = module.children.get(name) {
                    return self.walk(child, rest, depth);
                }
                let used = module.uses.iter().find(|it| it.name == name)?;
                let whole: Vec<_> = used.path.iter().chain(rest).cloned().collect();
                // A name that is brought in under itself is another crate's.
                (whole != path).then(|| self.resolve_within(from, &whole, depth + 1)).flatten()
            }
        }
    }

    fn walk(&self, at: usize, path: &[String], depth: usize) -> Option<usize> {
        let Some((next, rest)) = path.split_first() else { return Some(at) };
        let module = &self.modules[at];
        if next == "super" {
            return self.walk(module.parent?, rest, depth);
        }
        if let Some(&child) = module.children.get(next) {
            return self.walk(child, rest, depth);
        }
        if next == "*" || module.declares(next) {
            return Some(at);
        }
        if let Some(used) = module.uses.iter().find(|it| it.name == *next) {
            let whole: Vec<_> = used.path.iter().chain(rest).cloned().collect();
            return self.resolve_within(at, &whole, depth + 1);
        }
        let globs = module.uses.iter().filter(|it| it.name == "*");
        let through = globs.filter_map(|glob| {
            let to = self.resolve_within(at, glob.path.split_last()?.1, depth + 1)?;
            self.declares(to, next).then(|| self.walk(to, path, depth + 1)).flatten()
        });
        Some(through.into_iter().next().unwrap_or(at))
    }

    fn declares(&self, module: usize, name: &str) -> bool {
        let module = &self.modules[module];
        module.declares(name)
            || module.children.contains_key(name)
            || module.uses.iter().any(|it| it.name == name)
    }
}

impl Module {
    /// The paths in its items.
    pub(crate) fn paths(&self) -> Vec<Path> {
        self.items.iter().flat_map(|item| scan::paths(item.to_token_stream())).collect()
    }

    fn declares(&self, name: &str) -> bool {
        self.items.iter().any(|item| declared(item).is_some_and(|it| it == name))
    }

    fn read_use(&mut self, tree: &UseTree, path: &mut Path, item: &ItemUse) {
        let mut add = |name: String, path: Path| {
            self.uses.push(Use {
                name,
                path,
                is_public: matches!(item.vis, Visibility::Public(_)),
                is_hidden: is_hidden(&item.attrs),
            });
        };
        match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                self.read_use(&tree.tree, path, item);
                path.pop();
            }
            UseTree::Name(tree) if tree.ident == "self" => {
                add(path.last().cloned().unwrap_or_default(), path.clone());
            }
            UseTree::Name(tree) => {
                let name = tree.ident.to_string();
                add(name.clone(), path.iter().cloned().chain([name]).collect());
            }
            UseTree::Rename(tree) => {
                let mut path = path.clone();
                if tree.ident != "self" {
                    path.push(tree.ident.to_string());
                }
                add(tree.rename.to_string(), path);
            }
            UseTree::Glob(_) => {
                add("*".to_owned(), path.iter().cloned().chain(["*".to_owned()]).collect());
            }
            UseTree::Group(tree) => {
                tree.items.iter().for_each(|tree| self.read_use(tree, path, item));
            }
        }
    }
}

/// The name that an item declares.
pub(crate) fn declared(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Macro(item) => item.ident.as_ref()?.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Union(item) => item.ident.to_string(),
        _ => return None,
    })
}

pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[cfg(test)]`, and `#[cfg(all(test, …))]`.
fn is_test(attributes: &[Attribute]) -> bool {
    conditions(attributes).any(|it| it == "test" || it.starts_with("all(test,"))
}

/// `#[cfg(not(feature = "…"))]`: what stands in for something that is there with the feature.
fn is_substitute(attributes: &[Attribute]) -> bool {
    conditions(attributes).any(|it| it.starts_with("not(feature="))
}

/// The conditions of `#[cfg(…)]`, without spaces.
fn conditions(attributes: &[Attribute]) -> impl Iterator<Item = String> {
    attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            Some(list.tokens.to_string().split_whitespace().collect())
        }
        _ => None,
    })
}

/// `#[doc(hidden)]`.
pub(crate) fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("doc") && list.tokens.to_string() == "hidden",
        _ => false,
    })
}

/// The file of `#[path = "…"]`.
fn path_attribute(attributes: &[Attribute]) -> Option<PathBuf> {
    attributes.iter().find_map(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else { return None };
        let Expr::Lit(value) = &pair.value else { return None };
        let Lit::Str(path) = &value.lit else { return None };
        pair.path.is_ident("path").then(|| path.value().into())
    })
}

fn shown(file: &FilePath) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}
