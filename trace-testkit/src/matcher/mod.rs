//! Matchers, which are accepted wherever a value is expected.
//!
//! ```
//! use trace_testkit::matcher::*;
//!
//! assert!(Match::from(7).matches(&7.into()));
//! assert!(gt(0).and(lt(10)).matches(&7.into()));
//! assert!(lt(ms(5)).matches(&us(80).into()));
//! assert_eq!(between(1, 5).to_string(), "between 1 and 5");
//! ```
//!
//! Each matcher is one file: a type that implements [`Matcher`], and a function that returns it as a
//! [`Match`].

mod any;
mod combine;
mod compare;
mod condition;
mod equal;
mod length;
mod near;
mod numbers;
mod operand;
mod pattern;
mod predicate;
mod recorded_as;
mod text;
mod types;
mod units;

pub use any::any;
pub use combine::{not, one_of};
pub use compare::{between, ge, gt, le, lt};
pub use condition::{Match, Matcher};
pub use equal::{eq, ne};
pub use length::len;
pub use near::close_to;
pub use numbers::Numbers;
pub use operand::Operand;
pub use pattern::matches;
pub use predicate::predicate;
pub use recorded_as::recorded_as;
pub use text::{contains, ends_with, starts_with};
pub use types::{is_bool, is_float, is_int, is_list, is_str};
pub use units::{mins, ms, ns, secs, us};

#[cfg(test)]
mod tests;
