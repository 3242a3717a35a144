//! The errors of installing the pipeline.

use crate::escape::line;
use crate::sampling::SamplingError;
use std::fmt;

/// Why [`init`](crate::init) or [`Builder::install`](crate::TelemetryBuilder::install) failed.
///
/// Nothing is left half-installed: the program can go on without telemetry, or try again.
#[derive(Debug)]
#[non_exhaustive]
pub enum InitError {
    /// A pipeline is already installed in this process.
    AlreadyInstalled,
    /// An environment variable holds what it must not.
    BadVariable {
        /// The variable.
        variable: String,
        /// Its value; only the part in question, and no secrets.
        value: String,
        /// What would be allowed.
        allowed: String,
    },
    /// The configuration asks for something that this build leaves out.
    MissingFeature {
        /// What was asked for.
        wanted: String,
        /// The cargo feature of `trace-runtime` that adds it.
        feature: &'static str,
    },
    /// An exporter could not be made from its settings.
    Exporter {
        /// The exporter.
        name: String,
        /// What is wrong.
        message: String,
    },
    /// A configuration file, or a part of it, is invalid.
    #[cfg(feature = "config-file")]
    Configuration(ConfigurationError),
    /// Two plug-ins of one type have the same name, or one has the name of a component that the schema defines.
    #[cfg(feature = "config-file")]
    DuplicatePlugin {
        /// The type, in words.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// Two functions mean different things by the name of one metric.
    MetricConflict {
        /// The metric.
        metric: String,
        /// What each of them means, and where.
        message: String,
    },
    /// Baggage cannot give metrics a label of this key.
    BaggageLabel {
        /// The key.
        key: String,
        /// What has it already.
        reason: &'static str,
    },
    /// A setting of tail sampling is invalid.
    Sampling(SamplingError),
    /// Files of snapshots are wanted, and nothing is kept for them.
    NoSnapshots,
    /// The system refused to start a thread.
    Thread(std::io::Error),
    /// The process was forked while another thread of its parent held a lock that telemetry needs, and the
    /// fork did not wait any longer.
    Forked,
}

/// What was configured is quoted up to this length, in characters.
const MAX_QUOTE: usize = 256;

/// One line, except for a file, whose problems are shown with their lines; what was configured is quoted escaped
/// and cut.
impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyInstalled => f.write_str(
                "telemetry is already installed in this process; install it once, in `main`, and \
                 keep the guard",
            ),
            Self::BadVariable { variable, value, allowed } => {
                let [variable, value] = [variable, value].map(|text| line(text).cut(MAX_QUOTE));
                write!(f, "{variable} is `{value}`; allowed: {}", line(allowed))
            }
            Self::MissingFeature { wanted, feature } => write!(
                f,
                "{wanted} needs the cargo feature `{feature}` of trace-runtime, which this build \
                 leaves out",
                wanted = line(wanted),
            ),
            Self::Exporter { name, message } => {
                write!(f, "exporter `{}`: {}", line(name).cut(MAX_QUOTE), line(message))
            }
            #[cfg(feature = "config-file")]
            Self::Configuration(error) => error.fmt(f),
            #[cfg(feature = "config-file")]
            Self::DuplicatePlugin { kind, name } => {
                write!(
                    f,
                    "there are two {kind}s called `{}`; each name stands for one",
                    line(name).cut(MAX_QUOTE)
                )
            }
            Self::MetricConflict { metric, message } => {
                write!(f, "metric `{}` {}", line(metric).cut(MAX_QUOTE), line(message))
            }
            Self::BaggageLabel { key, reason } => write!(
                f,
                "baggage cannot give metrics a label `{key}`: {reason}; any other key is allowed",
                key = line(key).cut(MAX_QUOTE),
            ),
            Self::Sampling(error) => error.fmt(f),
            Self::NoSnapshots => f.write_str(
                "`with_snapshot_files` needs recent spans; `with_tail_sampling` keeps them, unless \
                 `without_recent_spans` is set",
            ),
            Self::Thread(error) => write!(f, "cannot start a thread: {error}"),
            Self::Forked => f.write_str(
                "the process was forked while another thread held a lock that telemetry needs, and \
                 which is not to be had any more; fork earlier, or exec",
            ),
        }
    }
}

impl std::error::Error for InitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Sampling(error) => Some(error),
            #[cfg(feature = "config-file")]
            Self::Configuration(error) => Some(error),
            Self::Thread(error) => Some(error),
            _ => None,
        }
    }
}

/// All that is wrong with a configuration file.
///
/// Its text, and its `Debug`, which `main` prints if it returns the error, list the problems, each with its place,
/// the line with a mark below it, and what is allowed. Values of variables are not shown.
#[cfg(feature = "config-file")]
#[derive(Clone)]
pub struct ConfigurationError {
    problems: Vec<trace_config::Problem>,
}

#[cfg(feature = "config-file")]
impl ConfigurationError {
    pub(crate) fn new(problems: Vec<trace_config::Problem>) -> Self {
        Self { problems }
    }

    /// Returns the problems; there is at least one.
    pub fn problems(&self) -> &[trace_config::Problem] {
        &self.problems
    }
}

#[cfg(feature = "config-file")]
impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// More are only counted.
        const MOST: usize = 50;
        let count = self.problems.len();
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "the configuration has {count} problem{plural}")?;
        for problem in self.problems.iter().take(MOST) {
            write!(f, "\n\n{problem}")?;
        }
        match count.saturating_sub(MOST) {
            0 => Ok(()),
            more => write!(f, "\n\nand {more} more"),
        }
    }
}

#[cfg(feature = "config-file")]
impl fmt::Debug for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(feature = "config-file")]
impl std::error::Error for ConfigurationError {}
