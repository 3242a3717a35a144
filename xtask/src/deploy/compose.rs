//! The composition: by the schema of the Compose Specification, with pinned images, and with files that are there.

use super::{Files, exists, fields, folder, texts};
use crate::Outcome;
use crate::support::report::Report;
use std::path::Path;

const FILE: &str = "compose.yaml";

pub(super) fn check(files: &Files, report: &mut Report) -> Outcome {
    let mut schema = files.python.command();
    schema.args(["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]);
    let output = schema.arg(folder().join(FILE)).output()?;
    let is_right = output.status.success();
    let said = [output.stdout, output.stderr].concat();
    let said = if is_right { "valid".into() } else { String::from_utf8_lossy(&said) };
    report.row("compose.yaml, by the Compose Specification", "valid", said, is_right);

    let compose = files.yaml(FILE)?;
    let (mut loose, mut absent, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for (name, service) in fields(&compose["services"]) {
        let image = service["image"].as_str().unwrap_or_default();
        let version = image.rsplit_once(':').map_or("", |(_, version)| version);
        if !version.contains(|digit: char| digit.is_ascii_digit()) {
            loose.push(name.to_owned());
        }
        let mounts = texts(&service["volumes"]).filter_map(|mount| mount.split(':').next());
        let files = mounts.filter(|file| file.starts_with('.'));
        absent.extend(files.filter(|file| !exists(Path::new(file))).map(str::to_owned));
        let ports = texts(&service["ports"]);
        open.extend(ports.filter(|port| !port.starts_with("127.0.0.1:")).map(str::to_owned));
    }
    report.none("images without a version", &loose);
    report.none("mounted files that are not there", &absent);
    report.none("ports that are not on loopback", &open);
    Ok(())
}
