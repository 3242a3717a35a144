//! The options of `#[metered]`, as written.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Expr, LitStr, Path};

use super::buckets::boundaries;
use super::err::{Err, err};
use super::keys::{self, Macro};
use super::label::{self, Label};
use super::option::{self, Head, Once};
use crate::errors::{self, Errors};

/// The options of one `#[metered]`.
pub(crate) struct Options {
    pub(crate) name: Once<LitStr>,
    pub(crate) labels: Once<Vec<Label>>,
    pub(crate) err: Once<Err>,
    pub(crate) in_flight: Once<()>,
    pub(crate) slo: Once<Path>,
    pub(crate) buckets: Once<Expr>,
    pub(crate) krate: Once<Path>,
    pub(crate) skip: Once<()>,
}

impl Options {
    /// Where options stand, other than `skip`.
    pub(crate) fn given(&self) -> Vec<Span> {
        let all = [
            self.name.span(),
            self.labels.span(),
            self.err.span(),
            self.in_flight.span(),
            self.slo.span(),
            self.buckets.span(),
            self.krate.span(),
        ];
        all.into_iter().flatten().collect()
    }

    /// Takes what an enclosing `impl` block says where nothing is said here; labels add up.
    pub(crate) fn inherit(&mut self, outer: &Self) {
        self.in_flight.or(&outer.in_flight);
        self.slo.or(&outer.slo);
        self.buckets.or(&outer.buckets);
        self.labels.add_up(&outer.labels);
    }
}

/// The options of `#[metered]`, by their names.
#[derive(Clone, Copy)]
pub(crate) enum Word {
    Name,
    Labels,
    Err,
    InFlight,
    Slo,
    Buckets,
    Crate,
    Skip,
}

impl option::Options for Options {
    const OF: Macro = Macro::Metered;

    type Word = Word;

    const WORDS: &'static [(&'static str, Word)] = &[
        (keys::NAME, Word::Name),
        (keys::LABELS, Word::Labels),
        (keys::ERR, Word::Err),
        (keys::IN_FLIGHT, Word::InFlight),
        (keys::SLO, Word::Slo),
        (keys::BUCKETS, Word::Buckets),
        (keys::CRATE, Word::Crate),
        (keys::SKIP, Word::Skip),
    ];

    fn none() -> Self {
        Self {
            name: Once::new(keys::NAME),
            labels: Once::new(keys::LABELS),
            err: Once::new(keys::ERR),
            in_flight: Once::new(keys::IN_FLIGHT),
            slo: Once::new(keys::SLO),
            buckets: Once::new(keys::BUCKETS),
            krate: Once::new(keys::CRATE),
            skip: Once::new(keys::SKIP),
        }
    }

    fn named(&mut self, name: LitStr, errors: &mut Errors) {
        self.name.set(name.span(), name, errors);
    }

    fn option(
        &mut self,
        word: Word,
        head: &Head,
        input: ParseStream,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let span = head.span;
        match word {
            Word::InFlight => self.in_flight.set(span, (), errors),
            Word::Skip => self.skip.set(span, (), errors),
            Word::Labels => {
                let labels = label::labels(&head.list(input)?, errors);
                self.labels.set(span, labels, errors);
            }
            Word::Err => {
                let err = err(&head.list(input)?, errors);
                self.err.set(span, err, errors);
            }
            Word::Name => {
                head.equals(input)?;
                let name = option::text(input, errors::metric_name_is_text)?;
                self.name.set(span, name, errors);
            }
            Word::Slo => {
                head.equals(input)?;
                let path = match input.parse()? {
                    Expr::Path(path) if path.qself.is_none() => path.path,
                    other => {
                        return Err(syn::Error::new_spanned(other, errors::slo_is_a_path()));
                    }
                };
                self.slo.set(span, path, errors);
            }
            Word::Buckets => {
                head.equals(input)?;
                let buckets = boundaries(input, errors)?;
                self.buckets.set(span, buckets, errors);
            }
            Word::Crate => {
                head.equals(input)?;
                self.krate.set(span, input.call(Path::parse_mod_style)?, errors);
            }
        }
        Ok(())
    }
}
