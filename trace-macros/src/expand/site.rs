//! The static that a function owns, and the text in it.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::Names;
use crate::model::trace::Trace;
use crate::syntax::name::Name;

/// The item that declares the site.
pub(crate) fn site(trace: &Trace, names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    // The text is cut where only the compiler knows how it goes on: three literals per site.
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let name = match &trace.name {
        Some(Name::Text(text) | Name::Template { text, .. }) => text.as_str(),
        Some(Name::Constant(_)) | None => "",
    };
    let mut tail = format!("\0{version}\0{name}");
    for field in trace.start.iter().chain(&trace.ret) {
        tail.push('\0');
        tail.push_str(&field.key.text);
    }
    let head = literal(&format!("{}\0", trace.function), at);
    let (nul, tail) = (literal("\0", at), literal(&tail, at));
    let line = match trace.line {
        Some(line) => {
            let mut line = Literal::u32_unsuffixed(line);
            line.set_span(at);
            quote!(#line)
        }
        None => quote_spanned!(at=> #rt::core::line!()),
    };
    let kind = trace.kind.as_ref().map(|kind| quote_spanned!(at=> .kind(#rt::SpanKind::#kind)));
    let constant = match &trace.name {
        Some(Name::Constant(name)) => Some(quote_spanned!(at=> .name(#name))),
        _ => None,
    };
    let root = trace.root.then(|| quote_spanned!(at=> .root()));
    quote_spanned! {at=>
        static __TRACE_SITE: #rt::Site = #rt::Site::new(
            #rt::core::concat!(
                #head, #rt::core::module_path!(), #nul, #rt::core::file!(), #tail
            ),
            #line,
        )#kind #constant #root;
    }
}

fn literal(text: &str, at: proc_macro2::Span) -> Literal {
    let mut literal = Literal::string(text);
    literal.set_span(at);
    literal
}
