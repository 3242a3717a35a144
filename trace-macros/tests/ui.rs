//! One file per kind of mistake, with the compiler's messages.

#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
