//! Reads OpenTelemetry's declarative configuration into settings.
//
// | file | contents |
// |---|---|
// | `source.rs` | the file or section, its text and its hash |
// | `mapper.rs` | what cannot be honoured, with its place |
// | `whole.rs` | all settings of a configuration |
// | `resource.rs`, `spans.rs`, `metrics.rs`, `logs.rs`, `instrumentation.rs` | the sections of the schema |
// | `exporters.rs`, `samplers.rs`, `views.rs` | their parts |
// | `distribution.rs` | the section `distribution` |
// | `roots.rs` | what decides about roots, of all these sections |
// | `from_env.rs` | the way back: a configuration that does what the environment does |

mod distribution;
mod exporters;
mod from_env;
mod instrumentation;
#[cfg(feature = "logs")]
mod logs;
mod mapper;
#[cfg(feature = "metrics")]
mod metrics;
mod resource;
mod roots;
mod samplers;
mod source;
mod spans;
#[cfg(feature = "metrics")]
mod views;
mod whole;

pub(crate) use from_env::write;
pub(crate) use roots::FileSampler;
pub(crate) use source::{FromFile, Source, line, read, read_again};

#[cfg(test)]
mod distribution_tests;
#[cfg(test)]
mod notice_tests;
#[cfg(test)]
mod tests;
