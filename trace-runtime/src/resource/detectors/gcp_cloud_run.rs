//! Detects Google Cloud Run by the variables of its containers
//! ([conventions](https://opentelemetry.io/docs/specs/semconv/resource/cloud-provider/gcp/cloud-run/)).

use super::known;
use crate::resource::system::System;
use opentelemetry::{KeyValue, Value};

const SERVICE: &str = "K_SERVICE";
const REVISION: &str = "K_REVISION";
const JOB: &str = "CLOUD_RUN_JOB";
const EXECUTION: &str = "CLOUD_RUN_EXECUTION";
const TASK: &str = "CLOUD_RUN_TASK_INDEX";
const PROJECT: &str = "GOOGLE_CLOUD_PROJECT";

pub(crate) const VARIABLES: &[&str] = &[SERVICE, REVISION, JOB, EXECUTION, TASK, PROJECT];

pub(crate) fn detect(system: &System) -> Vec<KeyValue> {
    let Some(name) = system.first(&[SERVICE, JOB]) else { return Vec::new() };
    let text = |name: &str| system.variable(name).map(|value| Value::from(value.to_owned()));
    let task = system.variable(TASK).and_then(|value| value.parse::<i64>().ok());
    known([
        ("cloud.provider", Some("gcp".into())),
        ("cloud.platform", Some("gcp_cloud_run".into())),
        ("cloud.account.id", text(PROJECT)),
        ("faas.name", Some(name.to_owned().into())),
        ("faas.version", text(REVISION)),
        ("gcp.cloud_run.job.execution", text(EXECUTION)),
        ("gcp.cloud_run.job.task_index", task.map(Value::from)),
    ])
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Detector;
    use crate::resource::testing::{attributes, detected};

    #[test]
    fn services_and_jobs_are_described_by_their_variables() {
        let service = [(SERVICE, "checkout"), (REVISION, "checkout-7"), (PROJECT, "shop")];
        let expected = attributes(&[
            ("cloud.provider", "gcp"),
            ("cloud.platform", "gcp_cloud_run"),
            ("cloud.account.id", "shop"),
            ("faas.name", "checkout"),
            ("faas.version", "checkout-7"),
        ]);
        assert_eq!(detected(Detector::GcpCloudRun, &[], &service), expected);
        assert_eq!(detected(Detector::GcpCloudRun, &[], &service[1..]), attributes(&[]));

        let job = [(JOB, "nightly"), (EXECUTION, "nightly-abc"), (TASK, "3")];
        let expected = attributes(&[
            ("cloud.provider", "gcp"),
            ("cloud.platform", "gcp_cloud_run"),
            ("faas.name", "nightly"),
            ("gcp.cloud_run.job.execution", "nightly-abc"),
            ("gcp.cloud_run.job.task_index", "3"),
        ]);
        assert_eq!(detected(Detector::GcpCloudRun, &[], &job), expected);
    }
}
