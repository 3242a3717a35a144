//! Names the detectors that the environment, a file or the program may choose.
//!
//! A new detector is a file in `detectors/` and a row here.

use super::detectors::{
    aws_ecs, aws_lambda, container, gcp_cloud_run, host, host_id, kubernetes, os, process, service,
};
use super::system::System;
use opentelemetry::KeyValue;

/// Defines the detectors, in the order in which they run: those that read no file come first.
macro_rules! detectors {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $module:ident, $by_default:literal;)*) => {
        /// A source of resource attributes.
        ///
        /// None of them uses the network, and none reads command lines, which may contain secrets. All of them
        /// run at start-up on another thread, for at most half a second in all.
        ///
        /// ```
        /// use trace_runtime::Telemetry;
        /// use trace_runtime::resource::Detector;
        ///
        /// let builder = Telemetry::builder().with_resource_detectors([Detector::Service, Detector::Process]);
        /// # drop(builder);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Detector {
            $($(#[$doc])* $variant,)*
        }

        impl Detector {
            /// All detectors.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns the name by which variables and files choose it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Returns whether it runs unless detectors are chosen.
            pub fn is_default(self) -> bool {
                match self {
                    $(Self::$variant => $by_default,)*
                }
            }

            /// Returns the names of the variables that it reads.
            pub(super) fn variables(self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant => $module::VARIABLES,)*
                }
            }

            pub(super) fn detect(self, system: &System) -> Vec<KeyValue> {
                match self {
                    $(Self::$variant => $module::detect(system),)*
                }
            }
        }
    };
}

detectors! {
    /// `service.instance.id`: a random UUID, which stays the same while the process runs.
    Service = "service", service, true;
    /// The process id, the name and the path of its executable, and the version of rustc
    /// (`process.*`).
    Process = "process", process, true;
    /// AWS Lambda: `cloud.*`, `faas.*` and `aws.log.*`.
    AwsLambda = "aws_lambda", aws_lambda, true;
    /// Amazon ECS: `cloud.*`, `aws.ecs.launchtype`.
    AwsEcs = "aws_ecs", aws_ecs, true;
    /// Google Cloud Run, services and jobs: `cloud.*`, `faas.*`, `gcp.cloud_run.*`.
    GcpCloudRun = "gcp_cloud_run", gcp_cloud_run, true;
    /// The name and the architecture of the host (`host.name`, `host.arch`).
    Host = "host", host, true;
    /// The operating system: its type, name, version and description (`os.*`).
    Os = "os", os, true;
    /// The id of the container (`container.id`), from control groups of both versions.
    Container = "container", container, true;
    /// The pod (`k8s.*`), as the downward API describes it in variables, and what the mounts of the
    /// container reveal.
    Kubernetes = "kubernetes", kubernetes, true;
    /// `host.id`: the id of the machine. Its manual asks not to publish it, so this detector has to be
    /// chosen.
    HostId = "host_id", host_id, false;
}

impl Detector {
    /// Returns the detectors that run unless others are chosen.
    pub(crate) fn defaults() -> Vec<Self> {
        Self::ALL.iter().copied().filter(|detector| detector.is_default()).collect()
    }
}
