//! `#[test]`: parse the arguments and the function, check them together, write the test.

mod arguments;
mod errors;
mod function;

use arguments::Arguments;
use function::Function;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned as _;

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function = match syn::parse2::<Function>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#error #item);
        }
    };
    let mut errors = Vec::new();
    let arguments = Arguments::parse(arguments, &mut errors);
    arguments.check(&function, &mut errors);
    function.check(&mut errors);
    if errors.is_empty() {
        return test(&arguments, &function);
    }
    // The function stays, so that one mistake makes one message.
    let errors = errors.iter().map(syn::Error::to_compile_error);
    let kept = function.kept();
    quote!(#(#errors)* #kept)
}

fn test(arguments: &Arguments, function: &Function) -> TokenStream {
    let krate = arguments.krate();
    let private = crate::private();
    let private = quote!(#krate::#private);
    let Function { attributes, visibility, signature, body } = function;
    let (name, output, asyncness) = (&signature.ident, &signature.output, &signature.asyncness);
    let inputs = &signature.inputs;
    let capture = Ident::new("__capture", Span::mixed_site());
    let argument = function.capture_type().map(|ty| match ty {
        Type::Reference(_) => quote_spanned!(ty.span()=> &#capture),
        _ => quote_spanned!(ty.span()=> #capture),
    });
    let live = arguments.is_live();
    let call = if asyncness.is_some() {
        let (multi_thread, paused) = (arguments.is_multi_thread(), arguments.is_paused());
        let threads = match arguments.worker_threads() {
            Some(count) => quote!(#private::core::option::Option::Some(#count)),
            None => quote!(#private::core::option::Option::None),
        };
        let kept = argument.is_none().then(|| quote!(let _capture = #capture;));
        quote! {
            #private::run(
                #private::Runtime {
                    live: #live,
                    multi_thread: #multi_thread,
                    worker_threads: #threads,
                    start_paused: #paused,
                },
                |#capture| async move {
                    #kept
                    #name(#argument).await
                },
            )
        }
    } else {
        let builder = quote!(#krate::Capture::builder());
        let builder = if live { quote!(#builder.live()) } else { builder };
        quote! {
            let #capture = #builder.start();
            #name(#argument)
        }
    };
    quote! {
        #(#attributes)*
        #[#private::core::prelude::v1::test]
        #visibility fn #name() #output {
            #asyncness fn #name(#inputs) #output #body
            #call
        }
    }
}
