//! The options of `#[trace]` and `span!`, as written.

use proc_macro2::{Ident, Span};
use syn::parse::ParseStream;
use syn::{Expr, LitStr, Path};

use super::err::{Err, err};
use super::field::{self, Field};
use super::keys::{self, Form, Macro};
use super::name::Name;
use super::option::{self, Head, Once};
use crate::errors::{self, Errors, Noun};

/// The options of one `#[trace]` or `span!`.
pub(crate) struct Options {
    pub(crate) name: Once<Name>,
    pub(crate) kind: Once<Ident>,
    pub(crate) attrs: Once<Vec<Field>>,
    pub(crate) ret: Once<Vec<Field>>,
    pub(crate) err: Once<Err>,
    pub(crate) root: Once<()>,
    pub(crate) parent: Once<Expr>,
    pub(crate) links: Once<Expr>,
    pub(crate) baggage: Once<Vec<Field>>,
    pub(crate) attach: Once<()>,
    pub(crate) krate: Once<Path>,
    pub(crate) skip: Once<()>,
}

impl Options {
    /// Where options stand, other than `skip`.
    pub(crate) fn given(&self) -> Vec<Span> {
        let all = [
            self.name.span(),
            self.kind.span(),
            self.attrs.span(),
            self.ret.span(),
            self.err.span(),
            self.root.span(),
            self.parent.span(),
            self.links.span(),
            self.baggage.span(),
            self.attach.span(),
            self.krate.span(),
        ];
        all.into_iter().flatten().collect()
    }

    /// Takes what an enclosing `impl` block says where nothing is said here; attributes add up.
    pub(crate) fn inherit(&mut self, outer: &Self) {
        self.kind.or(&outer.kind);
        if self.parent.span().is_none() {
            self.root.or(&outer.root);
        }
        self.attach.or(&outer.attach);
        self.attrs.add_up(&outer.attrs);
        self.baggage.add_up(&outer.baggage);
    }
}

impl option::Options for Options {
    const OF: Macro = Macro::Trace;

    fn none() -> Self {
        Self {
            name: Once::new(keys::NAME),
            kind: Once::new(keys::KIND),
            attrs: Once::new(keys::ATTRS),
            ret: Once::new(keys::RET),
            err: Once::new(keys::ERR),
            root: Once::new(keys::ROOT),
            parent: Once::new(keys::PARENT),
            links: Once::new(keys::LINKS),
            baggage: Once::new(keys::BAGGAGE),
            attach: Once::new(keys::ATTACH),
            krate: Once::new(keys::CRATE),
            skip: Once::new(keys::SKIP),
        }
    }

    fn named(&mut self, name: LitStr, errors: &mut Errors) {
        if let Some(value) = Name::literal(&name, errors) {
            self.name.set(name.span(), value, errors);
        }
    }

    fn option(&mut self, head: &Head, input: ParseStream, errors: &mut Errors) -> syn::Result<()> {
        let span = head.span;
        match head.form {
            Form::Flag => match head.name.as_str() {
                keys::ROOT => self.root.set(span, (), errors),
                keys::ATTACH => self.attach.set(span, (), errors),
                _ => self.skip.set(span, (), errors),
            },
            Form::List => {
                let content = head.list(input)?;
                match head.name.as_str() {
                    keys::ATTRS => {
                        let fields = field::fields(&content, Noun::Attribute, errors);
                        self.attrs.set(span, fields, errors);
                    }
                    keys::BAGGAGE => {
                        let fields = field::fields(&content, Noun::Entry, errors);
                        self.baggage.set(span, fields, errors);
                    }
                    keys::RET => {
                        let fields = field::fields(&content, Noun::Attribute, errors);
                        self.ret.set(span, fields, errors);
                    }
                    _ => {
                        let err = err(&content, errors);
                        self.err.set(span, err, errors);
                    }
                }
            }
            Form::Value => {
                head.equals(input)?;
                match head.name.as_str() {
                    keys::KIND => {
                        if let Some(kind) = kind(input)? {
                            self.kind.set(span, kind, errors);
                        }
                    }
                    keys::CRATE => {
                        self.krate.set(span, input.call(Path::parse_mod_style)?, errors);
                    }
                    keys::NAME => {
                        if let Some(value) = Name::expression(input.parse()?, errors) {
                            self.name.set(span, value, errors);
                        }
                    }
                    keys::PARENT => self.parent.set(span, input.parse()?, errors),
                    _ => self.links.set(span, input.parse()?, errors),
                }
            }
        }
        Ok(())
    }
}

fn kind(input: ParseStream) -> syn::Result<Option<Ident>> {
    let written: Expr = input.parse()?;
    let ident = match &written {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
    };
    let Some(ident) = ident else {
        return Err(syn::Error::new_spanned(written, errors::kind_is_a_word(keys::KINDS)));
    };
    let text = ident.to_string();
    if !keys::KINDS.contains(&text.as_str()) {
        return Err(syn::Error::new(ident.span(), errors::unknown_kind(&text, keys::KINDS)));
    }
    Ok(Some(ident.clone()))
}
