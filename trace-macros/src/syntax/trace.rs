//! The options of `#[trace]` and `span!`, as written.

use proc_macro2::{Ident, Span};
use syn::parse::ParseStream;
use syn::{Expr, LitStr, Path};

use super::err::{Err, err};
use super::field::{self, Field};
use super::keys::{self, Macro};
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

/// The options of `#[trace]` and `span!`, by their names.
#[derive(Clone, Copy)]
pub(crate) enum Word {
    Name,
    Kind,
    Attrs,
    Ret,
    Err,
    Root,
    Parent,
    Links,
    Baggage,
    Attach,
    Crate,
    Skip,
}

impl option::Options for Options {
    const OF: Macro = Macro::Trace;

    type Word = Word;

    const WORDS: &'static [(&'static str, Word)] = &[
        (keys::NAME, Word::Name),
        (keys::KIND, Word::Kind),
        (keys::ATTRS, Word::Attrs),
        (keys::RET, Word::Ret),
        (keys::ERR, Word::Err),
        (keys::ROOT, Word::Root),
        (keys::PARENT, Word::Parent),
        (keys::LINKS, Word::Links),
        (keys::BAGGAGE, Word::Baggage),
        (keys::ATTACH, Word::Attach),
        (keys::CRATE, Word::Crate),
        (keys::SKIP, Word::Skip),
    ];

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

    fn option(
        &mut self,
        word: Word,
        head: &Head,
        input: ParseStream,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let span = head.span;
        let fields = |noun, errors: &mut Errors| -> syn::Result<Vec<Field>> {
            Ok(field::fields(&head.list(input)?, noun, errors))
        };
        match word {
            Word::Root => self.root.set(span, (), errors),
            Word::Attach => self.attach.set(span, (), errors),
            Word::Skip => self.skip.set(span, (), errors),
            Word::Attrs => {
                let fields = fields(Noun::Attribute, errors)?;
                self.attrs.set(span, fields, errors);
            }
            Word::Ret => {
                let fields = fields(Noun::Attribute, errors)?;
                self.ret.set(span, fields, errors);
            }
            Word::Baggage => {
                let fields = fields(Noun::Entry, errors)?;
                self.baggage.set(span, fields, errors);
            }
            Word::Err => {
                let err = err(&head.list(input)?, errors);
                self.err.set(span, err, errors);
            }
            Word::Name => {
                head.equals(input)?;
                if let Some(value) = Name::expression(input.parse()?, errors) {
                    self.name.set(span, value, errors);
                }
            }
            Word::Kind => {
                head.equals(input)?;
                self.kind.set(span, kind(input)?, errors);
            }
            Word::Parent => {
                head.equals(input)?;
                self.parent.set(span, input.parse()?, errors);
            }
            Word::Links => {
                head.equals(input)?;
                self.links.set(span, input.parse()?, errors);
            }
            Word::Crate => {
                head.equals(input)?;
                self.krate.set(span, input.call(Path::parse_mod_style)?, errors);
            }
        }
        Ok(())
    }
}

fn kind(input: ParseStream) -> syn::Result<Ident> {
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
    Ok(ident.clone())
}
