//! Guides, from the first span to production.
//!
//! | page | answers |
//! |---|---|
//! | [Getting started](getting_started) | How do I see the first trace, in an application and in a library? |
//! | [Instrumenting code](instrumenting) | How do I record this function, value, thread, request, metric or log? |
//! | [Sampling](sampling) | Which traces are kept, by share, by rule, by rate? |
//! | [Configuration](configuration) | Which environment variable, builder method or cargo feature does it? |
//! | [Configuration file](configuration_file) | What may the file of `OTEL_CONFIG_FILE` contain, and what has no effect? |
//! | [Commands](command_line) | How does a program that people wait for start, print and end? |
//! | [Operating](operating) | What happens at start-up, under load, at SIGTERM and after a fork? What is lost, and why? |
//! | [Testing](testing) | How do I assert what my code records? |
//! | [Troubleshooting](troubleshooting) | Why does nothing show up? |
//! | [Performance](performance) | What does each thing cost, and how do I measure it? |
//!
//! Migration guides: [fastrace](coming_from_fastrace),
//! [autometrics](coming_from_autometrics),
//! [opentelemetry_sdk](coming_from_opentelemetry_sdk), and
//! [tracing](https://docs.rs/trace-tracing/latest/trace_tracing/coming_from_tracing/).

#[doc = include_str!("../docs/guide/command-line.md")]
pub mod command_line {}
#[doc = include_str!("../docs/guide/configuration.md")]
pub mod configuration {}
#[doc = include_str!("../docs/guide/configuration-file.md")]
pub mod configuration_file {}
#[doc = include_str!("../docs/guide/getting-started.md")]
pub mod getting_started {}
#[doc = include_str!("../docs/guide/instrumenting.md")]
pub mod instrumenting {}
#[doc = include_str!("../docs/guide/operating.md")]
pub mod operating {}
#[doc = include_str!("../docs/guide/performance.md")]
pub mod performance {}
#[doc = include_str!("../docs/guide/sampling.md")]
pub mod sampling {}
#[doc = include_str!("../docs/guide/testing.md")]
pub mod testing {}
#[doc = include_str!("../docs/guide/troubleshooting.md")]
pub mod troubleshooting {}

#[doc = include_str!("../docs/coming-from-autometrics.md")]
pub mod coming_from_autometrics {}
#[doc = include_str!("../docs/coming-from-fastrace.md")]
pub mod coming_from_fastrace {}
#[doc = include_str!("../docs/coming-from-opentelemetry-sdk.md")]
pub mod coming_from_opentelemetry_sdk {}
