//! Without a prelude.
#![no_implicit_prelude]
#![deny(warnings)]

use ::trace_macros::{span, trace};

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

fn main() {
    ::std::mem::drop((f(1), g(1), h(1)));
}
