//! Detects the id of the container
//! ([conventions](https://opentelemetry.io/docs/specs/semconv/resource/container/)).
//!
//! No interface reveals it. The paths of control groups contain it (version 1), and so do the sources of the
//! files that a container engine mounts (version 2).

use super::known;
use crate::resource::system::System;
use opentelemetry::KeyValue;

pub(crate) const VARIABLES: &[&str] = &[];

pub(crate) fn detect(system: &System) -> Vec<KeyValue> {
    let groups = system.file("/proc/self/cgroup").unwrap_or_default();
    let mounts = || system.file("/proc/self/mountinfo").unwrap_or_default();
    let id =
        of_groups(&groups).map(str::to_owned).or_else(|| of_mounts(&mounts()).map(str::to_owned));
    known([("container.id", id)]).collect()
}

/// Returns the id in lines such as `4:memory:/kubepods/burstable/pod…/cri-containerd-<id>.scope`: the last part of
/// a path, without what the engine and systemd put around it.
fn of_groups(groups: &str) -> Option<&str> {
    groups.lines().find_map(|line| {
        let path = line.splitn(3, ':').nth(2)?;
        let last = path.rsplit('/').next()?;
        let last = last.strip_suffix(".scope").unwrap_or(last);
        // containerd puts its namespace before the id, other engines their names.
        let last = last.rsplit(':').next()?;
        is_of_fargate(last)
            .then_some(last)
            .or_else(|| last.rsplit('-').next().filter(|part| is_id(part)))
    })
}

/// Returns the id in lines such as `… /var/lib/docker/containers/<id>/hostname /etc/hostname …`. The folders of
/// `sandboxes`, which containerd has in Kubernetes, belong to the pod.
fn of_mounts(mounts: &str) -> Option<&str> {
    mounts.lines().find_map(|line| {
        // The fourth word is the path of the mounted file, the fifth the place where it is mounted.
        let source = line.split(' ').nth(3)?;
        let folders = source.split('/').zip(source.split('/').skip(1));
        let is_of_engine = |folder: &str| matches!(folder, "containers" | "overlay-containers");
        folders.filter(|(folder, _)| is_of_engine(folder)).map(|(_, id)| id).find(|id| is_id(id))
    })
}

/// Returns whether this is an id as container engines assign them.
fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Returns whether this is an id of AWS Fargate: a task of 32 digits, and a number.
fn is_of_fargate(text: &str) -> bool {
    text.split_once('-').is_some_and(|(task, number)| {
        let is_task = task.len() == 32 && task.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_task && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use crate::resource::Detector;
    use crate::resource::testing::{attributes, detected};

    const ID: &str = "dc679f8a8319c8cf7d38e1adf263bc08d2c7fb4d5f3e4c0b2fd1a8c0b7d1e2f3";

    fn container(groups: &str, mounts: &str) -> Option<String> {
        let files = [("/proc/self/cgroup", groups), ("/proc/self/mountinfo", mounts)];
        let mut found = detected(Detector::Container, &files, &[]);
        let id = found.remove("container.id");
        assert_eq!(found, attributes(&[]));
        id
    }

    #[test]
    fn control_groups_of_version_1_name_it() {
        for group in [
            format!("13:name=systemd:/docker/{ID}"),
            format!("1:name=systemd:/podruntime/docker/kubepods/{ID}"),
            format!("0::/system.slice/docker-{ID}.scope"),
            format!("0::/user.slice/user-0.slice/libpod-{ID}.scope"),
            format!("11:devices:/kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope"),
            format!("5:cpu:/kubepods/burstable/pod7d1/crio-{ID}"),
            format!(
                "4:pids:/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:{ID}"
            ),
        ] {
            let groups = format!("12:rdma:/\n{group}\n1:other:/\n");
            assert_eq!(container(&groups, "").as_deref(), Some(ID), "{group}");
        }
        let fargate = "0123456789abcdef0123456789abcdef-1234567890";
        let groups = format!("9:cpu:/ecs/0123456789abcdef0123456789abcdef/{fargate}");
        assert_eq!(container(&groups, "").as_deref(), Some(fargate));
    }

    #[test]
    fn mounts_name_it_with_version_2() {
        for source in [
            format!("/var/lib/docker/containers/{ID}/hostname"),
            format!("/docker/containers/{ID}/resolv.conf"),
            format!("/containers/storage/overlay-containers/{ID}/userdata/hostname"),
        ] {
            let mounts = format!(
                "983 961 0:56 / / rw,relatime - overlay overlay rw,lowerdir=/containers/x\n\
                 1038 983 254:1 {source} /etc/hostname rw,relatime - ext4 /dev/vda1 rw\n"
            );
            assert_eq!(container("0::/\n", &mounts).as_deref(), Some(ID), "{source}");
        }
    }

    #[test]
    fn what_is_no_container_has_none() {
        assert_eq!(container("", ""), None);
        assert_eq!(container("0::/init.scope", "25 1 8:1 / / rw - ext4 /dev/sda1 rw"), None);
        assert_eq!(container("0::/user.slice/user-1000.slice/session-2.scope", ""), None);
        let upper = ID.to_uppercase();
        assert_eq!(container(&format!("1:name=systemd:/docker/{upper}\n:::\nx"), ""), None);
        // The pod's, not the container's.
        let sandbox = format!(
            "1 2 8:1 /var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/{ID}/hostname /etc/hostname rw"
        );
        assert_eq!(container("0::/", &sandbox), None);
    }

    #[test]
    fn nothing_is_read_without_the_files() {
        assert_eq!(detected(Detector::Container, &[], &[]), attributes(&[]));
    }
}
