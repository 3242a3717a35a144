//! One file per kind of mistake, with the compiler's messages; and crates that compile as a whole.

#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

#[test]
fn crates() {
    trybuild::TestCases::new().pass("tests/pass/*.rs");
}
