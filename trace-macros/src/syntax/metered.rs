//! The options of `#[metered]`, as written.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Expr, LitStr, Path};

use super::buckets::boundaries;
use super::err::{Err, err};
use super::keys::{self, Form, Macro};
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

impl option::Options for Options {
    const OF: Macro = Macro::Metered;

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

    fn option(&mut self, head: &Head, input: ParseStream, errors: &mut Errors) -> syn::Result<()> {
        let span = head.span;
        match head.form {
            Form::Flag => match head.name.as_str() {
                keys::IN_FLIGHT => self.in_flight.set(span, (), errors),
                _ => self.skip.set(span, (), errors),
            },
            Form::List => {
                let content = head.list(input)?;
                if head.name == keys::LABELS {
                    let labels = label::labels(&content, errors);
                    self.labels.set(span, labels, errors);
                } else {
                    let err = err(&content, errors);
                    self.err.set(span, err, errors);
                }
            }
            Form::Value => {
                head.equals(input)?;
                match head.name.as_str() {
                    keys::NAME => {
                        let name = option::text(input, errors::metric_name_is_text)?;
                        self.name.set(span, name, errors);
                    }
                    keys::SLO => {
                        let path = match input.parse()? {
                            Expr::Path(path) if path.qself.is_none() => path.path,
                            other => {
                                return Err(syn::Error::new_spanned(
                                    other,
                                    errors::slo_is_a_path(),
                                ));
                            }
                        };
                        self.slo.set(span, path, errors);
                    }
                    keys::BUCKETS => {
                        let buckets = boundaries(input, errors)?;
                        self.buckets.set(span, buckets, errors);
                    }
                    _ => self.krate.set(span, input.call(Path::parse_mod_style)?, errors),
                }
            }
        }
        Ok(())
    }
}
