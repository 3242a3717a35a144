//! Lists how the functions of a generated crate are instrumented.

/// How the functions are instrumented.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instrumentation {
    pub(crate) name: &'static str,
    /// Lines of the manifest's `[dependencies]`; `{root}` is the workspace.
    pub(crate) dependencies: &'static str,
    /// The attributes of each function, in one line; empty for none.
    pub(crate) attribute: &'static str,
}

pub(crate) const PLAIN: Instrumentation =
    Instrumentation { name: "plain", dependencies: "", attribute: "" };

pub(crate) const OURS: Instrumentation = Instrumentation {
    name: "trace-runtime",
    dependencies: r#"trace-runtime = { path = "{root}/trace-runtime", default-features = false, features = ["enabled"] }"#,
    attribute: "#[trace_runtime::trace]",
};

/// As a program has them that names no features.
pub(crate) const OURS_BY_DEFAULT: Instrumentation = Instrumentation {
    name: "trace-runtime, default features",
    dependencies: r#"trace-runtime = { path = "{root}/trace-runtime" }"#,
    ..OURS
};

pub(crate) const METERED: Instrumentation = Instrumentation {
    name: "metered",
    dependencies: r#"trace-runtime = { path = "{root}/trace-runtime", default-features = false, features = ["metrics"] }"#,
    attribute: "#[trace_runtime::metered]",
};

pub(crate) const TRACED_AND_METERED: Instrumentation = Instrumentation {
    name: "traced and metered",
    attribute: "#[trace_runtime::trace] #[trace_runtime::metered]",
    ..METERED
};

pub(crate) const FASTRACE: Instrumentation = Instrumentation {
    name: "fastrace",
    dependencies: r#"fastrace = { version = "0.7.19", features = ["enable"] }"#,
    attribute: "#[fastrace::trace]",
};

/// `skip_all` is in its favour: without it every argument is formatted as well.
pub(crate) const TRACING: Instrumentation = Instrumentation {
    name: "tracing",
    dependencies: r#"tracing = "0.1.44""#,
    attribute: "#[tracing::instrument(skip_all, err)]",
};

pub(crate) const AUTOMETRICS: Instrumentation = Instrumentation {
    name: "autometrics",
    dependencies: r#"autometrics = { version = "3.0.0", features = ["prometheus-exporter"] }"#,
    attribute: "#[autometrics::autometrics]",
};
