//! Attributes for functions, and the runtime that turns their calls into OpenTelemetry spans.
