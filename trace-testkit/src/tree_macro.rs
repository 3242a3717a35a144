//! Defines `tree!`, which hands the path of this crate to the procedural macro.

#[doc = include_str!("../docs/tree.md")]
#[macro_export]
macro_rules! tree {
    ($($tokens:tt)*) => {
        $crate::__private_0_1_0::tree!(($crate) $($tokens)*)
    };
}
