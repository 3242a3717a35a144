//! Detects AWS Lambda by the variables of its runtime
//! ([conventions](https://opentelemetry.io/docs/specs/semconv/resource/faas/)).

use super::known;
use crate::resource::system::System;
use opentelemetry::{Array, KeyValue, StringValue, Value};

const NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";
const VERSION: &str = "AWS_LAMBDA_FUNCTION_VERSION";
const MEMORY: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
const GROUP: &str = "AWS_LAMBDA_LOG_GROUP_NAME";
const STREAM: &str = "AWS_LAMBDA_LOG_STREAM_NAME";
const REGION: &str = "AWS_REGION";

pub(crate) const VARIABLES: &[&str] = &[NAME, VERSION, MEMORY, GROUP, STREAM, REGION];

pub(crate) fn detect(system: &System) -> Vec<KeyValue> {
    let Some(name) = system.variable(NAME) else { return Vec::new() };
    let text = |name: &str| system.variable(name).map(|value| Value::from(value.to_owned()));
    // In MiB there, in bytes here.
    let memory =
        system.variable(MEMORY).and_then(|value| value.parse::<i64>().ok()?.checked_mul(1 << 20));
    let list = |name: &str| {
        let value = StringValue::from(system.variable(name)?.to_owned());
        Some(Value::Array(Array::String(vec![value])))
    };
    known([
        ("cloud.provider", Some("aws".into())),
        ("cloud.platform", Some("aws_lambda".into())),
        ("cloud.region", text(REGION)),
        ("faas.name", Some(name.to_owned().into())),
        ("faas.version", text(VERSION)),
        ("faas.instance", text(STREAM)),
        ("faas.max_memory", memory.map(Value::from)),
        ("aws.log.group.names", list(GROUP)),
        ("aws.log.stream.names", list(STREAM)),
    ])
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Detector;
    use crate::resource::testing::{attributes, detected};

    #[test]
    fn a_function_is_described_by_its_variables() {
        let variables = [
            (NAME, "checkout"),
            (VERSION, "7"),
            (MEMORY, "512"),
            (GROUP, "/aws/lambda/checkout"),
            (STREAM, "2026/11/30/[7]abc"),
            (REGION, "eu-central-1"),
        ];
        let expected = attributes(&[
            ("cloud.provider", "aws"),
            ("cloud.platform", "aws_lambda"),
            ("cloud.region", "eu-central-1"),
            ("faas.name", "checkout"),
            ("faas.version", "7"),
            ("faas.instance", "2026/11/30/[7]abc"),
            ("faas.max_memory", "536870912"),
            ("aws.log.group.names", "[\"/aws/lambda/checkout\"]"),
            ("aws.log.stream.names", "[\"2026/11/30/[7]abc\"]"),
        ]);
        assert_eq!(detected(Detector::AwsLambda, &[], &variables), expected);
        assert_eq!(detected(Detector::AwsLambda, &[], &variables[1..]), attributes(&[]));
        let few = detected(Detector::AwsLambda, &[], &[(NAME, "checkout"), (MEMORY, "much")]);
        assert!(few.len() == 3 && !few.contains_key("faas.max_memory"), "{few:?}");
    }
}
