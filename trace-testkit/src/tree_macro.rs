//! `tree!`, on top of the procedural macro: this one knows the path of the crate.

#[doc = include_str!("../docs/tree.md")]
#[macro_export]
macro_rules! tree {
    ($($tokens:tt)*) => {
        $crate::__tree!(($crate) $($tokens)*)
    };
}
