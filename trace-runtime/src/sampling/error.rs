//! The errors of samplers' settings.

use std::fmt;

/// The reason why the settings of a sampler were refused. The text names the rule, the value, and what
/// is allowed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SamplingError {
    /// The share of traces is not from 0 to 1.
    Share(f64),
    /// The rate is not above 0, or not finite.
    Rate {
        /// Its name.
        of: &'static str,
        /// The number.
        value: f64,
    },
    /// A condition of a rule is invalid.
    Rule {
        /// The number of the rule, from 1.
        number: usize,
        /// The condition.
        condition: &'static str,
        /// What is wrong with it.
        problem: RuleProblem,
    },
    /// A condition of tail sampling is invalid.
    Tail {
        /// The condition.
        condition: &'static str,
        /// What is wrong with it.
        problem: RuleProblem,
    },
    /// Tail sampling cannot be changed, because the pipeline was installed without it.
    NoTail,
    /// The pipeline has ended.
    Ended,
}

/// What is wrong with a condition of a rule, or of tail sampling.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RuleProblem {
    /// It lists nothing, so the rule would never match.
    NoValues,
    /// A pattern is empty.
    EmptyPattern,
    /// The key of an attribute or of baggage is empty.
    EmptyKey,
    /// The share of traces is not from 0 to 1.
    Share(f64),
}

impl SamplingError {
    /// Returns a share of traces, if it is one.
    pub(super) fn check_share(share: f64) -> Result<f64, Self> {
        if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(Self::Share(share)) }
    }

    /// Returns a number per second, if it is one.
    pub(super) fn check_rate(of: &'static str, value: f64) -> Result<f64, Self> {
        if value.is_finite() && value > 0.0 { Ok(value) } else { Err(Self::Rate { of, value }) }
    }
}

impl fmt::Display for SamplingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(share) => {
                write!(f, "{share} is not a share of traces: a number from 0 to 1 is")
            }
            Self::Rate { of, value } => {
                write!(f, "{value} is not a number of {of}: a finite number above 0 is")
            }
            Self::Rule { number, condition, problem } => {
                write!(f, "rule {number}, {condition}: {problem}")
            }
            Self::Tail { condition, problem } => {
                write!(f, "tail sampling, {condition}: {problem}")
            }
            Self::NoTail => f.write_str(
                "the pipeline was installed without tail sampling; `with_tail_sampling` turns it on",
            ),
            Self::Ended => f.write_str("the pipeline has ended; sampling cannot be changed any more"),
        }
    }
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Share(share) => return SamplingError::Share(*share).fmt(f),
            Self::NoValues => {
                "the list is empty, so the rule would never match; list at least one, or leave the \
                 condition out"
            }
            Self::EmptyPattern => {
                "\"\" is not a pattern: text is, in which `*` stands for any characters and `?` for one"
            }
            Self::EmptyKey => "\"\" is not a key: any other text is",
        })
    }
}

impl std::error::Error for SamplingError {}
