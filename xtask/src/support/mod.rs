//! Helpers of the commands that run the project's programs beside others.
//!
//! | file | what it holds |
//! |---|---|
//! | `debian.rs`, `python.rs` | programs from Debian's packages and from PyPI, unpacked into the target folder |
//! | `process.rs` | programs that are started, and ended whatever happens |
//! | `prometheus.rs` | a Prometheus of one's own |
//! | `api.rs` | questions to it |
//! | `report.rs` | what was checked, as a table |

pub(crate) mod api;
pub(crate) mod debian;
pub(crate) mod process;
pub(crate) mod prometheus;
pub(crate) mod python;
pub(crate) mod report;
