//! Defines `tree!`, which hands the path of this crate to the procedural macro.

#[doc = include_str!("../docs/tree.md")]
#[macro_export]
macro_rules! tree {
    ($($tokens:tt)*) => {
        $crate::__tree!(($crate) $($tokens)*)
    };
}
