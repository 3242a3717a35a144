//! Detects the process ([conventions](https://opentelemetry.io/docs/specs/semconv/resource/process/)), without its
//! command line, which may contain secrets.

use super::known;
use crate::resource::system::System;
use opentelemetry::{KeyValue, Value};

pub(crate) const VARIABLES: &[&str] = &[];

pub(crate) fn detect(_: &System) -> Vec<KeyValue> {
    let executable = std::env::current_exe().ok();
    let name = executable.as_deref().and_then(|path| path.file_name()?.to_str());
    let text = |text: &str| Some(Value::from(text.to_owned()));
    known([
        ("process.pid", Some(i64::from(std::process::id()).into())),
        ("process.executable.name", name.and_then(text)),
        (
            "process.executable.path",
            executable.as_deref().and_then(|it| it.to_str()).and_then(text),
        ),
        ("process.runtime.name", text("rustc")),
        ("process.runtime.version", text(env!("RUSTC_VERSION"))),
    ])
    .collect()
}

#[cfg(test)]
mod tests {
    use crate::resource::Detector;
    use crate::resource::testing::detected;

    #[test]
    fn a_process_has_an_executable_and_no_command_line() {
        let found = detected(Detector::Process, &[], &[]);
        let executable = std::env::current_exe().unwrap();
        assert_eq!(found["process.pid"], std::process::id().to_string());
        assert_eq!(found["process.executable.path"], executable.to_str().unwrap());
        assert_eq!(
            found["process.executable.name"],
            executable.file_name().unwrap().to_str().unwrap()
        );
        assert_eq!(found["process.runtime.name"], "rustc");
        let version: Vec<&str> = found["process.runtime.version"].split('.').collect();
        assert!(version.len() == 3 && version[0] == "1", "{version:?}");
        assert_eq!(found.len(), 5, "{found:?}");
    }
}
