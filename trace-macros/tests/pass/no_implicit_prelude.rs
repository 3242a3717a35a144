//! A crate without a prelude.
#![no_implicit_prelude]
#![deny(warnings)]

use ::trace_macros::{Label, business_metric, metered, span, trace};

#[trace("f {a}", attrs(a, b = ?a), ret(returned = *ret), err(when = err.len() > 1, type = err.len()))]
fn f(a: u32) -> ::std::result::Result<u32, ::std::string::String> {
    let _span = span!("block {a}", attrs(a));
    ::std::result::Result::Ok(a)
}

#[trace(attrs(a), parent = ::std::option::Option::None::<::trace_runtime::SpanContext>)]
async fn g(a: u32) -> ::std::result::Result<u32, ::std::string::String> {
    ::std::result::Result::Ok(a)
}

#[trace(attrs(a))]
fn h(a: u32) -> impl ::std::future::Future<Output = u32> {
    ::std::future::ready(a)
}

#[derive(Label)]
enum Tier {
    Free,
}

#[metered(labels(tier = Tier::Free, text(cap = 2) = a), err(when = err.len() > 1))]
#[business_metric(counter("i"), value = ret.len(), labels(tier = Tier::Free, size = *ret == "a"))]
#[business_metric(counter("i.failed"), value = err.len(), on = error)]
fn i(a: &str) -> ::std::result::Result<&str, ::std::string::String> {
    ::std::result::Result::Ok(a)
}

#[metered(labels(text(cap = 2) = a))]
#[trace]
#[business_metric(counter("j"), value = a.len(), on = ok)]
async fn j(a: &str) -> ::std::result::Result<&str, ::std::string::String> {
    ::std::result::Result::Ok(a)
}

fn main() {
    ::std::mem::drop((f(1), g(1), h(1), i("a"), j("a")));
}
