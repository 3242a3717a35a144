//! Expands `#[derive(Label)]` to one static with all values, and the choice among them.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::DeriveInput;

use super::names::Names;
use super::site;
use crate::errors::Errors;
use crate::hidden::Root;
use crate::model::values::{Kind, Values};

pub(crate) fn label(root: Root, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let values = match syn::parse2::<DeriveInput>(item) {
        Ok(input) => Values::of(input, &mut errors),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    match values {
        Some(values) if errors.is_empty() => {
            drop(errors.finish());
            expand(root, &values)
        }
        _ => errors.finish(),
    }
}

fn expand(root: Root, values: &Values) -> TokenStream {
    let names = Names::new(root, values.krate.as_ref());
    let Names { at, rt } = &names;
    let at = *at;
    let ident = &values.ident;
    let (generics, arguments, conditions) = values.generics.split_for_impl();
    let (texts, index): (Vec<&str>, TokenStream) = match &values.of {
        Kind::Variants(variants) => {
            let texts = variants.iter().map(|variant| variant.value.as_str()).collect();
            let arms = variants.iter().enumerate().map(|(index, variant)| {
                let (name, cfgs) = (&variant.ident, &variant.cfgs);
                quote_spanned!(at=> #(#cfgs)* Self::#name { .. } => #index,)
            });
            (texts, quote_spanned!(at=> match self { #(#arms)* }))
        }
        Kind::Numbers { field, numbers } => {
            let texts = numbers.iter().map(|(text, _)| text.as_str()).collect();
            let arms = numbers
                .iter()
                .enumerate()
                .map(|(index, (_, number))| quote_spanned!(at=> #number => #index,));
            let other = quote_spanned!(at=> _ => return #rt::LabelId::OTHER,);
            (texts, quote_spanned!(at=> match self.#field { #(#arms)* #other }))
        }
    };
    let text = site::literal(&texts.join("\0"), at);
    quote_spanned! {at=>
        #[automatically_derived]
        #[allow(deprecated, unreachable_patterns)]
        impl #generics #rt::Label for #ident #arguments #conditions {
            #[inline]
            fn __label(&self) -> #rt::LabelId {
                static VALUES: #rt::LabelValues = #rt::LabelValues::new(#text);
                #rt::LabelValues::id(&VALUES, #index)
            }
        }
    }
}
