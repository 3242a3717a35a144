//! The resource, and the detectors of its attributes.

use super::Extension;
use super::common::{AttributeNameValue, IncludeExclude};
use super::describe::{records, unions};

records! {
    /// What the telemetry is about: the service, its process, its host.
    Resource {
        /// Attributes; they override those of `attributes_list`.
        attributes: Vec<AttributeNameValue> [items(1)] => "none";
        /// The detectors that add attributes.
        detection as "detection/development": ResourceDetection => "no detectors";
        /// The URL of the semantic conventions that the attributes follow.
        schema_url: String [null] => "none";
        /// Attributes in the format of `OTEL_RESOURCE_ATTRIBUTES`.
        attributes_list: String [null] => "none";
    }

    /// The resource detectors to run, and what is kept of what they find.
    ResourceDetection as "ExperimentalResourceDetection" {
        /// The attributes that are kept.
        attributes: IncludeExclude => "all";
        /// The detectors to run.
        detectors: Vec<ResourceDetector> [items(1)] => "none";
    }

    /// The detector of `container.*` attributes.
    ContainerResourceDetector as "ExperimentalContainerResourceDetector", null {}
    /// The detector of `host.*` and `os.*` attributes.
    HostResourceDetector as "ExperimentalHostResourceDetector", null {}
    /// The detector of `process.*` attributes.
    ProcessResourceDetector as "ExperimentalProcessResourceDetector", null {}
    /// The detector of `service.name`, from `OTEL_SERVICE_NAME`, and of `service.instance.id`.
    ServiceResourceDetector as "ExperimentalServiceResourceDetector", null {}
}

unions! {
    /// A resource detector.
    ResourceDetector as "ExperimentalResourceDetector", Extension {
        /// Finds `container.*` attributes.
        Container(ContainerResourceDetector) = "container";
        /// Finds `host.*` and `os.*` attributes.
        Host(HostResourceDetector) = "host";
        /// Finds `process.*` attributes.
        Process(ProcessResourceDetector) = "process";
        /// Finds `service.name` and `service.instance.id`.
        Service(ServiceResourceDetector) = "service";
    }
}
