//! Closures with arguments that carry a context. This takes a macro, because no function can return
//! a closure with any number of arguments that may be references of any lifetime.

/// Carries the caller's span and baggage into a closure with arguments, like the function of this
/// name for closures without. The closure can be called at most once.
///
/// ```
/// use trace_runtime::{in_current_span, trace};
///
/// #[trace]
/// fn import(files: &[&str]) {
///     // The closure of the scope runs on the pool, and so do those that it spawns.
///     rayon::scope(in_current_span!(|scope| {
///         for file in files {
///             scope.spawn(in_current_span!(move |_| parse(file)));
///         }
///     }));
/// }
///
/// #[trace]
/// fn parse(file: &str) {}
/// # import(&["a", "b"]);
/// ```
///
/// The macro takes a closure expression, with `move` and types as needed; any other expression is
/// passed to the function.
#[macro_export]
macro_rules! in_current_span {
    (move $($closure:tt)+) => { $crate::__carried_closure!([move] $($closure)+) };
    ($($closure:tt)+) => { $crate::__carried_closure!([] $($closure)+) };
}

trace_macros::__versioned! {
#[doc(hidden)]
#[macro_export]
macro_rules! __carried_closure {
    ([$($mode:tt)?] || -> $returned:ty $body:block) => {{
        let __carried = $crate::__private::Carried::current();
        $($mode)? || -> $returned { let __current = __carried.attach(); $body }
    }};
    ([$($mode:tt)?] || $body:expr) => {{
        let __carried = $crate::__private::Carried::current();
        $($mode)? || { let __current = __carried.attach(); $body }
    }};
    ([$($mode:tt)?] | $($closure:tt)+) => {
        $crate::__carried_closure!(@ [$($mode)?] [] $($closure)+)
    };
    ([] $body:expr) => { $crate::in_current_span($body) };
    // Arguments, up to the bar that ends them.
    (@ [$($mode:tt)?] [$($arguments:tt)*] | -> $returned:ty $body:block) => {{
        let __carried = $crate::__private::Carried::current();
        $($mode)? |$($arguments)*| -> $returned { let __current = __carried.attach(); $body }
    }};
    (@ [$($mode:tt)?] [$($arguments:tt)*] | $body:expr) => {{
        let __carried = $crate::__private::Carried::current();
        $($mode)? |$($arguments)*| { let __current = __carried.attach(); $body }
    }};
    (@ [$($mode:tt)?] [$($arguments:tt)*] $next:tt $($closure:tt)+) => {
        $crate::__carried_closure!(@ [$($mode)?] [$($arguments)* $next] $($closure)+)
    };
}
}
