//! Lists every message of `#[test]`.

use syn::Ident;

const ALLOWED: &str = "allowed: `flavor`, `worker_threads`, `start_paused`, `live` and `crate`";

pub(super) const NO_FUNCTION: &str = "`#[trace_testkit::test]` belongs on functions";
pub(super) const RECEIVER: &str = "a test cannot have `self`: it is not a method";
pub(super) const ARGUMENTS: &str = "a test takes its `Capture` and no other argument";
pub(super) const GENERICS: &str =
    "a test cannot have generic parameters: no caller would choose them";
pub(super) const QUALIFIER: &str = "a test is a plain `fn` or `async fn`";
pub(super) const SECOND_TEST: &str =
    "`#[trace_testkit::test]` already makes this a test, sync or async: remove this attribute";
pub(super) const FLAVOR: &str = "expected `\"current_thread\"` or `\"multi_thread\"`";
pub(super) const THREADS: &str = "expected a number of threads, 1 or more";
pub(super) const PAUSED: &str = "expected `true` or `false`";
pub(super) const NOT_ASYNC: &str = "this needs an `async fn`: a plain `fn` runs without a runtime";
pub(super) const PAUSED_THREADS: &str =
    "time can be paused only with `flavor = \"current_thread\"`, which is the default";
pub(super) const THREADS_OF_ONE: &str = "this needs `flavor = \"multi_thread\"`";

pub(super) fn unknown(name: &str) -> String {
    if name == "unhandled_panic" {
        return format!("`unhandled_panic` is not stable in tokio; {ALLOWED}");
    }
    format!("unknown argument `{name}`; {ALLOWED}")
}

pub(super) fn twice(name: &Ident) -> String {
    format!("`{name}` is given twice")
}

pub(super) fn no_value(name: &Ident) -> String {
    format!("`{name}` needs a value: `{name} = …`")
}
