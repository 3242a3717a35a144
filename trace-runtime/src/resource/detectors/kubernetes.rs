//! Detects the pod ([conventions](https://opentelemetry.io/docs/specs/semconv/resource/k8s/)).
//!
//! The downward API passes what a pod should know about itself as variables, whose names the pod chooses. The
//! names here are those that OpenTelemetry's operator and its documentation use, and those of the manual of
//! Kubernetes.

use super::known;
use crate::resource::system::System;
use opentelemetry::KeyValue;

/// A variable that Kubernetes sets in every container.
const IN_CLUSTER: &str = "KUBERNETES_SERVICE_HOST";

const CLUSTER: [&str; 1] = ["K8S_CLUSTER_NAME"];
const NAMESPACE: [&str; 4] = [
    "OTEL_RESOURCE_ATTRIBUTES_POD_NAMESPACE",
    "K8S_NAMESPACE_NAME",
    "POD_NAMESPACE",
    "MY_POD_NAMESPACE",
];
const POD: [&str; 4] =
    ["OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "K8S_POD_NAME", "POD_NAME", "MY_POD_NAME"];
const UID: [&str; 4] = ["OTEL_RESOURCE_ATTRIBUTES_POD_UID", "K8S_POD_UID", "POD_UID", "MY_POD_UID"];
const NODE: [&str; 4] =
    ["OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "K8S_NODE_NAME", "NODE_NAME", "MY_NODE_NAME"];
const CONTAINER: [&str; 2] = ["K8S_CONTAINER_NAME", "CONTAINER_NAME"];

pub(crate) const VARIABLES: &[&str] = &[
    IN_CLUSTER,
    CLUSTER[0],
    NAMESPACE[0],
    NAMESPACE[1],
    NAMESPACE[2],
    NAMESPACE[3],
    POD[0],
    POD[1],
    POD[2],
    POD[3],
    UID[0],
    UID[1],
    UID[2],
    UID[3],
    NODE[0],
    NODE[1],
    NODE[2],
    NODE[3],
    CONTAINER[0],
    CONTAINER[1],
];

/// The file in which a service account finds its namespace.
const NAMESPACE_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

pub(crate) fn detect(system: &System) -> Vec<KeyValue> {
    // Elsewhere, variables with such general names may have another meaning.
    if system.variable(IN_CLUSTER).is_none() {
        return Vec::new();
    }
    let first = |names: &[&str]| system.first(names).map(str::to_owned);
    let mounts = || system.file("/proc/self/mountinfo").unwrap_or_default();
    known([
        ("k8s.cluster.name", first(&CLUSTER)),
        ("k8s.namespace.name", first(&NAMESPACE).or_else(|| system.line(NAMESPACE_FILE))),
        ("k8s.pod.name", first(&POD)),
        ("k8s.pod.uid", first(&UID).or_else(|| uid_of_mounts(&mounts()).map(str::to_owned))),
        ("k8s.node.name", first(&NODE)),
        ("k8s.container.name", first(&CONTAINER)),
    ])
    .collect()
}

/// Returns the id in a line such as `… /var/lib/kubelet/pods/<uid>/etc-hosts /etc/hosts …`: kubelet mounts this file
/// into every container.
fn uid_of_mounts(mounts: &str) -> Option<&str> {
    mounts.lines().find_map(|line| {
        let source = line.split(' ').nth(3)?;
        let (_, pod) = source.split_once("/pods/")?;
        let (uid, rest) = pod.split_once('/')?;
        let is_uid = uid.len() == 36 && uid.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
        (rest == "etc-hosts" && is_uid).then_some(uid)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Detector;
    use crate::resource::testing::{attributes, detected};

    const UUID: &str = "2f1b3e8a-1b1c-4a57-9c9f-1d2e3f405162";

    #[test]
    fn the_downward_api_describes_the_pod() {
        let expected = attributes(&[
            ("k8s.cluster.name", "prod"),
            ("k8s.namespace.name", "shop"),
            ("k8s.pod.name", "web-1"),
            ("k8s.pod.uid", UUID),
            ("k8s.node.name", "node-1"),
            ("k8s.container.name", "web"),
        ]);
        for place in 0..4 {
            let variables = [
                (IN_CLUSTER, "10.0.0.1"),
                (CLUSTER[0], "prod"),
                (NAMESPACE[place], "shop"),
                (POD[place], "web-1"),
                (UID[place], UUID),
                (NODE[place], "node-1"),
                (CONTAINER[place % 2], "web"),
            ];
            assert_eq!(detected(Detector::Kubernetes, &[], &variables), expected);
            // Elsewhere, they may mean something else.
            assert_eq!(detected(Detector::Kubernetes, &[], &variables[1..]), attributes(&[]));
        }
    }

    #[test]
    fn without_variables_files_reveal_some() {
        let mounts = format!(
            "1 0 0:1 / / rw - overlay overlay rw\n\
             2 1 8:1 /var/lib/kubelet/pods/short/etc-hosts /etc/hosts rw - ext4 /dev/vda1 rw\n\
             3 1 8:1 /var/lib/kubelet/pods/{UUID}/etc-hosts /etc/hosts rw - ext4 /dev/vda1 rw\n"
        );
        let files = [("/proc/self/mountinfo", &*mounts), (NAMESPACE_FILE, "shop")];
        let found = detected(Detector::Kubernetes, &files, &[(IN_CLUSTER, "10.0.0.1")]);
        assert_eq!(found, attributes(&[("k8s.namespace.name", "shop"), ("k8s.pod.uid", UUID)]));
    }
}
