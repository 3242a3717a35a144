//! Assertions on telemetry for ordinary unit tests.
