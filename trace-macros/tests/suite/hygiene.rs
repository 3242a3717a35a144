//! Scopes that shadow everything, and names like those of the expansion.

use super::{block_on, trace};

mod shadowed {
    #![allow(dead_code, unused_macros)]

    use super::super::{span, trace};

    pub(super) struct Result;
    pub(super) struct Option;
    pub(super) struct String;
    pub(super) struct Box;
    pub(super) struct Pin;
    pub(super) struct Future;
    pub(super) struct Vec;
    pub(super) struct Some;
    pub(super) struct None;
    pub(super) struct Ok;
    pub(super) struct Err;
    pub(super) struct Send;
    pub(super) trait ToValue {}
    pub(super) mod std {}
    pub(super) mod core {}
    pub(super) mod trace_runtime {}
    pub(super) mod trace_macros {}
    macro_rules! concat {
        () => {};
    }
    macro_rules! format_args {
        () => {};
    }
    macro_rules! module_path {
        () => {};
    }
    #[allow(unused_imports)]
    pub(crate) use {concat, format_args, module_path};

    type Answer = ::std::result::Result<u32, &'static str>;

    #[trace("shadowed {a}", attrs(a, key = %a, other = ?a), ret(twice = *ret * 2), err(type = *err))]
    pub(super) fn inspected(a: u32) -> Answer {
        ::std::result::Result::Ok(a)
    }

    #[trace("shadowed {a}", attrs(a, key = %a, other = ?a), ret(twice = *ret * 2), err(type = *err))]
    pub(super) async fn later(a: u32) -> Answer {
        ::std::result::Result::Ok(a)
    }

    #[trace(attrs(a))]
    pub(super) fn plain(a: u32) -> u32 {
        let _span = span!("block {a}", attrs(twice = a * 2), kind = Client);
        a
    }

    #[trace(attrs(a))]
    pub(super) fn lazy(a: u32) -> impl ::std::future::Future<Output = u32> {
        ::std::future::ready(a)
    }

    #[trace]
    pub(super) fn nothing() -> Result {
        Result
    }

    #[trace]
    pub(super) async fn nothing_later() -> Option {
        Option
    }
}

#[test]
fn shadowing_scopes() {
    assert_eq!(shadowed::inspected(1), Ok(1));
    assert_eq!(block_on(shadowed::later(1)), Ok(1));
    assert_eq!(shadowed::plain(1), 1);
    assert_eq!(block_on(shadowed::lazy(1)), 1);
    shadowed::nothing();
    block_on(shadowed::nothing_later());
}

mod busy {
    #![allow(dead_code, clippy::wrong_self_convention)]

    use super::trace;
    use trace_runtime::SpanContext;

    /// Methods with the names of the runtime's, on everything.
    pub(super) trait Everything {
        fn as_ref(self) -> u32
        where
            Self: Sized,
        {
            1
        }
        fn attributes(&self) {}
        fn error(self)
        where
            Self: Sized,
        {
        }
        fn finish(&self) {}
        fn record(&self) {}
        fn record_error(&self) {}
        fn recording(&self) {}
        fn to_context(&self) {}
        fn to_value(&self) {}
        fn value(self)
        where
            Self: Sized,
        {
        }
    }

    impl<T: ?Sized> Everything for T {}

    /// Types with the names of the runtime's.
    pub(super) struct Probe;
    pub(super) struct ErrorProbe;
    pub(super) struct NoError;
    pub(super) struct Fallible;

    impl Probe {
        fn twice(&self, value: u32) -> u32 {
            value * 2
        }
    }

    #[trace(attrs(a), ret(twice = Probe.twice(*ret)), err(type = err.as_str()))]
    pub(super) fn inspected(a: u32) -> Result<u32, String> {
        let _ = (ErrorProbe, NoError, Fallible);
        Ok(a.as_ref())
    }

    #[trace(attrs(a), ret(twice = Probe.twice(*ret)))]
    pub(super) async fn later(a: u32) -> Result<u32, String> {
        Ok(a)
    }

    #[trace(ret(length = ret.len()))]
    pub(super) fn plain() -> &'static str {
        "four"
    }

    #[trace(parent = context, attrs(length = context.is_some()))]
    pub(super) fn continued(context: Option<SpanContext>) -> Option<Result<u32, String>> {
        Some(Err(format!("{:?}", context)))
    }
}

#[test]
fn busy_scopes() {
    assert_eq!(busy::inspected(2), Ok(1));
    assert_eq!(block_on(busy::later(2)), Ok(2));
    assert_eq!(busy::plain(), "four");
    assert!(busy::continued(None).is_some());
}

#[trace(attrs(__trace_guard, finish))]
fn names(
    __trace_guard: u32,
    __trace_returned: u32,
    __trace_arg0: u32,
    ret: u32,
    err: u32,
    finish: u32,
    (site, rt): (u32, u32),
) -> Result<u32, String> {
    Ok(__trace_guard + __trace_returned + __trace_arg0 + ret + err + finish + site + rt)
}

#[trace(attrs(__trace_guard), ret(total = *ret))]
async fn names_later(
    __trace_guard: u32,
    __trace_returned: u32,
    __trace_arg0: u32,
    (site, rt): (u32, u32),
) -> Result<u32, String> {
    static __TRACE_SITE: u32 = 1;
    Ok(__trace_guard + __trace_returned + __trace_arg0 + site + rt + __TRACE_SITE)
}

#[trace]
fn nested() -> Result<u32, String> {
    #[trace]
    fn nested() -> Result<u32, String> {
        Ok(1)
    }
    nested()
}

#[test]
fn names_of_the_expansion() {
    assert_eq!(names(1, 1, 1, 1, 1, 1, (1, 1)), Ok(8));
    assert_eq!(block_on(names_later(1, 1, 1, (1, 1))), Ok(6));
    assert_eq!(nested(), Ok(1));
}
