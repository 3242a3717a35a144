//! Describes the program.

use super::{TelemetryBuilder, type_name};
use crate::resource::{Detector, OwnDetector, Resource, ResourceDetector};
use opentelemetry::KeyValue;

impl TelemetryBuilder {
    /// Names the service (`service.name`).
    pub fn with_service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// Adds the attributes of a resource to the detected ones.
    pub fn with_resource(mut self, resource: Resource) -> Self {
        self.resource = Some(resource);
        self
    }

    /// Adds one attribute to the resource.
    pub fn with_resource_attribute(mut self, attribute: KeyValue) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// Chooses the detectors of resource attributes; by default, all except
    /// [`HostId`](Detector::HostId) run. They give way to attributes of the environment and of the program.
    ///
    /// ```
    /// use trace_runtime::Telemetry;
    /// use trace_runtime::resource::Detector;
    ///
    /// let none = Telemetry::builder().with_resource_detectors([]);
    /// let all = Telemetry::builder().with_resource_detectors(Detector::ALL.iter().copied());
    /// # drop((none, all));
    /// ```
    pub fn with_resource_detectors(
        mut self,
        detectors: impl IntoIterator<Item = Detector>,
    ) -> Self {
        self.detectors = Some(detectors.into_iter().collect());
        self
    }

    /// Adds a detector that implements OpenTelemetry's trait. It runs on a separate thread; if it does not
    /// return within half a second, or panics, a notice is printed and the program starts without its
    /// attributes. They take precedence over those of the environment, and give way to those that the
    /// program sets.
    pub fn with_otel_resource_detector(
        mut self,
        detector: impl ResourceDetector + Send + 'static,
    ) -> Self {
        let name = type_name(&detector);
        self.own_detectors.push(OwnDetector {
            name: name.into(),
            gives_way: false,
            detector: Box::new(detector),
        });
        self
    }
}
