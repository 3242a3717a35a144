//! Declares the static of a function, with the text in it.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::linked;
use super::names::Names;
use crate::hidden;
use crate::model::call::Origin;
use crate::model::trace::Trace;
use crate::syntax::name::Name;

/// The item that declares the site of a function, which the catalog lists if the function has a span;
/// without one, the site only names the function and its place.
pub(crate) fn of_function(origin: &Origin, span: Option<&Trace>, names: &Names) -> TokenStream {
    let linked = span.map(|_| linked::linked(&hidden::SITES, names));
    let site = site(origin, span, names);
    quote!(#linked #site)
}

/// The item that declares a site.
pub(crate) fn site(origin: &Origin, span: Option<&Trace>, names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    // Only the compiler knows the module and the file, so the text is joined from three literals.
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let name = match span.and_then(|span| span.name.as_ref()) {
        Some(Name::Text(text) | Name::Template { text, .. }) => text.as_str(),
        Some(Name::Constant(_)) | None => "",
    };
    let mut tail = format!("\0{version}\0{name}\0{}", origin.documentation);
    for field in span.iter().flat_map(|span| span.start.iter().chain(&span.ret)) {
        tail.push('\0');
        tail.push_str(&field.key.text);
    }
    let head = literal(&format!("{}\0", origin.function), at);
    let (nul, tail) = (literal("\0", at), literal(&tail, at));
    let line = match origin.line {
        Some(line) => {
            let mut line = Literal::u32_unsuffixed(line);
            line.set_span(at);
            quote!(#line)
        }
        None => quote_spanned!(at=> #rt::core::line!()),
    };
    let details = span.map(|span| details(span, names));
    quote_spanned! {at=>
        static __TRACE_SITE: #rt::Site = #rt::Site::new(
            #rt::core::concat!(
                #head, #rt::core::module_path!(), #nul, #rt::core::file!(), #tail
            ),
            #line,
        )#details;
    }
}

/// The properties of a site's spans that are not text.
fn details(span: &Trace, names: &Names) -> TokenStream {
    let Names { at, rt } = names;
    let at = *at;
    let kind = span.kind.as_ref().map(|kind| quote_spanned!(at=> .kind(#rt::SpanKind::#kind)));
    // A site is at the default level unless it is set.
    let level = span.level.as_ref().filter(|level| *level != "Info");
    let level = level.map(|level| quote_spanned!(at=> .level(#rt::Level::#level)));
    let constant = match &span.name {
        Some(Name::Constant(name)) => Some(quote_spanned!(at=> .name(&#name))),
        _ => None,
    };
    let root = span.root.then(|| quote_spanned!(at=> .root()));
    let attached = span.attach.then(|| quote_spanned!(at=> .attached()));
    let has_no_values = span.start.is_empty() && !span.ret.is_empty();
    let undescribed = has_no_values.then(|| quote_spanned!(at=> .undescribed()));
    quote!(#kind #level #constant #root #attached #undescribed)
}

pub(super) fn literal(text: &str, at: proc_macro2::Span) -> Literal {
    let mut literal = Literal::string(text);
    literal.set_span(at);
    literal
}
