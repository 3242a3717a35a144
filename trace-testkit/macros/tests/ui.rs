//! One file per kind of mistake, with what the compiler says to it.

#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
