//! Detects Amazon ECS by the variables of its agent
//! ([conventions](https://opentelemetry.io/docs/specs/semconv/resource/cloud-provider/aws/ecs/)). What only its metadata
//! service reports is left out: a request may hang.

use super::known;
use crate::resource::system::System;
use opentelemetry::KeyValue;

/// Variables that name the metadata service, which only the agent sets.
const METADATA: [&str; 2] = ["ECS_CONTAINER_METADATA_URI_V4", "ECS_CONTAINER_METADATA_URI"];
const ENVIRONMENT: &str = "AWS_EXECUTION_ENV";
const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

pub(crate) const VARIABLES: &[&str] =
    &[METADATA[0], METADATA[1], ENVIRONMENT, REGION[0], REGION[1]];

pub(crate) fn detect(system: &System) -> Vec<KeyValue> {
    if system.first(&METADATA).is_none() {
        return Vec::new();
    }
    let launch_type = match system.variable(ENVIRONMENT) {
        Some("AWS_ECS_EC2") => Some("ec2"),
        Some("AWS_ECS_FARGATE") => Some("fargate"),
        _ => None,
    };
    known([
        ("cloud.provider", Some("aws".to_owned())),
        ("cloud.platform", Some("aws_ecs".to_owned())),
        ("cloud.region", system.first(&REGION).map(str::to_owned)),
        ("aws.ecs.launchtype", launch_type.map(str::to_owned)),
    ])
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Detector;
    use crate::resource::testing::{attributes, detected};

    #[test]
    fn a_task_is_described_by_its_variables() {
        for metadata in METADATA {
            let variables = [
                (metadata, "http://169.254.170.2/v4/0123"),
                (ENVIRONMENT, "AWS_ECS_FARGATE"),
                ("AWS_REGION", "eu-central-1"),
            ];
            let expected = attributes(&[
                ("cloud.provider", "aws"),
                ("cloud.platform", "aws_ecs"),
                ("cloud.region", "eu-central-1"),
                ("aws.ecs.launchtype", "fargate"),
            ]);
            assert_eq!(detected(Detector::AwsEcs, &[], &variables), expected);
            assert_eq!(detected(Detector::AwsEcs, &[], &variables[1..]), attributes(&[]));
        }
    }
}
