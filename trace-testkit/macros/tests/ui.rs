//! One file per kind of mistake, with the compiler's messages.
//!
//! To bless: `TRYBUILD=overwrite cargo test -p trace-testkit-macros --test ui`.

#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
