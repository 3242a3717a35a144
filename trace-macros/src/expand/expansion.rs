//! One function on its way to tokens, with everything that its pieces have in common.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{ReturnType, Signature};

use super::look::Look;
use super::measure::{self, Held};
use super::names::Names;
use super::parameters;
use crate::model::call::Call;
use crate::model::error_type::{self, Asked};
use crate::model::returns::{self, FutureOutput, Returns};

pub(super) struct Expansion<'a> {
    pub(super) call: &'a Call,
    pub(super) names: Names,
    pub(super) returns: Returns,
    pub(super) inspects: bool,
    /// The traits that may be required of the error.
    pub(super) asked: Asked,
    /// Whether anything surrounds the body; otherwise, all code precedes it.
    pub(super) wraps: bool,
    /// The output of the future that the signature names.
    pub(super) output: Option<TokenStream>,
    /// The return type in the signature, or the call site.
    pub(super) blamed: Span,
}

impl<'a> Expansion<'a> {
    pub(super) fn new(call: &'a Call, sig: &Signature, returns: Returns, inspects: bool) -> Self {
        let names = Names::new(call.origin.root, call.origin.krate.as_ref());
        let output = match returns::output_of_future(&sig.output) {
            _ if sig.asyncness.is_some() => None,
            Some(FutureOutput::Written(ty)) => Some(parameters::inferable(ty)),
            Some(FutureOutput::Aliased(ty)) => {
                let (Names { at, rt }, ty) = (&names, parameters::inferable(ty));
                Some(quote_spanned!(*at=> <#ty as #rt::Future>::Output))
            }
            None => None,
        };
        let blamed = match &sig.output {
            ReturnType::Default => Span::mixed_site(),
            ReturnType::Type(_, ty) => ty.span(),
        };
        let asked = error_type::asked(&sig.output, &sig.generics);
        let wraps = call.wraps(returns);
        Self { call, names, returns, inspects, asked, wraps, output, blamed }
    }

    pub(super) fn look(&self, returned: TokenStream) -> Look<'_> {
        Look {
            names: &self.names,
            returned,
            returns: self.returns,
            asked: self.asked,
            blamed: self.blamed,
        }
    }

    /// The values that are evaluated before the body, where the arguments have names there.
    pub(super) fn before(&self) -> TokenStream {
        measure::before(self.call, Held::Beside, None, &self.names).0
    }

    /// The type against which the body is checked.
    pub(super) fn ty(&self, sig: &Signature) -> TokenStream {
        match &sig.output {
            ReturnType::Default => quote_spanned!(self.names.at=> ()),
            ReturnType::Type(_, ty) => parameters::elided(ty, &sig.generics),
        }
    }
}
