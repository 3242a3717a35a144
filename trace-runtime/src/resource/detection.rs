//! Runs detectors on other threads, and waits for them for a moment.

use super::system::System;
use super::table::Detector;
use super::{Resource, ResourceDetector};
use crate::deadline::{Begun, NoResult};
use crate::diagnostics::warn;
use crate::escape;
use opentelemetry::KeyValue;
use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// The time from the beginning of the detection after which the program starts without the rest.
const PATIENCE: Duration = Duration::from_millis(500);

/// A detector of the program, with its name for notices.
pub(crate) struct OwnDetector {
    pub(crate) name: Cow<'static, str>,
    /// Whether its attributes give way to all that are set, as those of detectors that are chosen by name.
    pub(crate) gives_way: bool,
    pub(crate) detector: Box<dyn ResourceDetector + Send>,
}

/// A detector of the program that runs.
struct BegunOwn {
    name: Cow<'static, str>,
    gives_way: bool,
    begun: Begun<Resource>,
}

/// What the detectors have found.
#[derive(Default)]
pub(crate) struct Detected {
    pub(crate) attributes: Vec<KeyValue>,
    /// The resources of the program's own detectors.
    pub(crate) own: Vec<Resource>,
}

/// Detectors that run.
pub(crate) struct Detection {
    detectors: Vec<Detector>,
    found: Receiver<(Detector, Vec<KeyValue>)>,
    own: Vec<BegunOwn>,
    deadline: Instant,
}

impl Detection {
    /// Starts these detectors, which read variables through `lookup`, and those of the program.
    pub(crate) fn begin(
        detectors: Vec<Detector>,
        lookup: &dyn Fn(&str) -> Option<OsString>,
        own: Vec<OwnDetector>,
    ) -> Self {
        Self::begin_in("/".into(), detectors, lookup, own)
    }

    fn begin_in(
        root: PathBuf,
        detectors: Vec<Detector>,
        lookup: &dyn Fn(&str) -> Option<OsString>,
        own: Vec<OwnDetector>,
    ) -> Self {
        let variables = detectors.iter().flat_map(|detector| detector.variables().iter().copied());
        let system = System::new(root, variables, lookup);
        let (send, found) = channel();
        let detection = Self {
            found,
            own: own.into_iter().map(OwnDetector::begin).collect(),
            deadline: Instant::now() + PATIENCE,
            detectors: detectors.clone(),
        };
        if !detectors.is_empty() {
            let _ = Begun::new("trace-detect", move || {
                for detector in detectors {
                    let _ = send.send((detector, detector.detect(&system)));
                }
            });
        }
        detection
    }

    /// Returns what was found. Prints a notice about detectors that failed, or did not answer in time.
    pub(crate) fn finish(mut self) -> Detected {
        let mut detected = Detected::default();
        while !self.detectors.is_empty() {
            let left = self.deadline.saturating_duration_since(Instant::now());
            let Ok((detector, attributes)) = self.found.recv_timeout(left) else { break };
            self.detectors.retain(|waiting| *waiting != detector);
            detected.attributes.extend(attributes);
        }
        if !self.detectors.is_empty() {
            let names: Vec<&str> = self.detectors.iter().map(|detector| detector.name()).collect();
            warn(format_args!(
                "no answer of the resource detectors {} within {PATIENCE:?}: their attributes are left out",
                names.join(", "),
            ));
        }
        for BegunOwn { name, gives_way, begun } in self.own {
            match begun.result(self.deadline) {
                Ok(resource) if gives_way => {
                    let attributes = resource.iter();
                    let attributes =
                        attributes.map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
                    detected.attributes.extend(attributes);
                }
                Ok(resource) => detected.own.push(resource),
                Err(NoResult::Late) => warn(format_args!(
                    "no answer of the resource detector `{name}` within {PATIENCE:?}: its attributes are left out"
                )),
                Err(NoResult::Panicked(message)) => warn(format_args!(
                    "the resource detector `{name}` panicked: {}",
                    escape::line(message).cut(256),
                )),
            }
        }
        detected
    }
}

impl OwnDetector {
    fn begin(self) -> BegunOwn {
        let Self { name, gives_way, detector } = self;
        let begun = Begun::new("trace-detector", move || detector.detect());
        BegunOwn { name, gives_way, begun }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::testing::Root;
    use std::sync::mpsc::Sender;

    fn nothing(_: &str) -> Option<OsString> {
        None
    }

    fn keys(detected: &Detected) -> Vec<&str> {
        detected.attributes.iter().map(|attribute| attribute.key.as_str()).collect()
    }

    #[test]
    fn chosen_detectors_run_and_no_others() {
        let root = Root::with(&[("/proc/sys/kernel/hostname", "web-1")]);
        let begin =
            |detectors| Detection::begin_in(root.0.clone(), detectors, &nothing, Vec::new());
        assert_eq!(keys(&begin(vec![Detector::Host]).finish()), ["host.name", "host.arch"]);
        assert!(keys(&begin(Vec::new()).finish()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_hangs_costs_its_attributes_and_a_moment() {
        let root = Root::with(&[("/etc/x", "")]);
        // Opening a pipe waits for a writer.
        let pipe = root.0.join("etc/machine-id");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let begin = Instant::now();
        let detectors = vec![Detector::Service, Detector::HostId];
        let detected =
            Detection::begin_in(root.0.clone(), detectors, &nothing, Vec::new()).finish();
        assert_eq!(keys(&detected), ["service.instance.id"]);
        assert!(begin.elapsed() < PATIENCE + Duration::from_secs(5), "{:?}", begin.elapsed());
        // The thread ends.
        std::fs::write(pipe, "id").unwrap();
    }

    struct Hanging(std::sync::Mutex<Receiver<()>>);

    impl ResourceDetector for Hanging {
        fn detect(&self) -> Resource {
            let _ = self.0.lock().unwrap().recv();
            Resource::builder_empty().build()
        }
    }

    struct Panicking;

    impl ResourceDetector for Panicking {
        fn detect(&self) -> Resource {
            panic!("no metadata")
        }
    }

    struct Good;

    impl ResourceDetector for Good {
        fn detect(&self) -> Resource {
            Resource::builder_empty().with_attribute(KeyValue::new("rack", 7)).build()
        }
    }

    #[test]
    fn detectors_of_the_program_fail_without_harm() {
        let (release, waits): (Sender<()>, _) = channel();
        let own = |name: &'static str, detector| OwnDetector {
            name: name.into(),
            gives_way: false,
            detector,
        };
        let detectors = vec![
            own("Hanging", Box::new(Hanging(std::sync::Mutex::new(waits))) as Box<_>),
            own("Panicking", Box::new(Panicking)),
            own("Good", Box::new(Good)),
        ];
        let detected = Detection::begin(Vec::new(), &nothing, detectors).finish();
        let found: Vec<_> = detected.own.iter().flat_map(|resource| resource.iter()).collect();
        assert_eq!(format!("{found:?}"), "[(Static(\"rack\"), I64(7))]");
        drop(release);
    }
}
