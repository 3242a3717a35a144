//! Re-exports what most tests need: `use trace_testkit::prelude::*;`.
//!
//! ```
//! use trace_testkit::prelude::*;
//!
//! let t = capture();
//! trace_runtime::in_span("job", |_| ());
//! t.assert_tree(tree! { "job" [duration: lt(secs(60))] });
//! ```

pub use crate::assert::{SpanAssert, SpanPattern, SpanQuery, Times, Tree};
pub use crate::capture::{Capture, capture, capture_global};
pub use crate::condition::{EventPattern, LinkPattern, event, link};
pub use crate::matcher::*;
pub use crate::model::Severity;
pub use crate::recorded::Recorded;
pub use crate::render::Render;
pub use crate::report::Report;
pub use crate::tree;
pub use trace_runtime::{SpanKind, Status, span::Outcome};
