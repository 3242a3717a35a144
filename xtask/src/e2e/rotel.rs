//! A Collector before the receiver: rotel takes OTLP over HTTP and gRPC, and sends it on over gRPC.

use super::receiver::Receiver;
use crate::Outcome;
use crate::support::process::{Output, Running};
use crate::support::python::Python;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Until it listens.
const START: Duration = Duration::from_secs(15);

pub(super) struct Rotel {
    pub(super) http: String,
    pub(super) grpc: String,
    _running: Running,
}

impl Rotel {
    pub(super) fn start(python: &Python, to: &Receiver<'_>, folder: &Path) -> Outcome<Self> {
        // It does not print which port it got, so it gets one that is free.
        let [http, grpc] = free_ports()?;
        let mut command = Command::new(python.file("rotel/rotel-agent"));
        command
            .args(["start", "--otlp-http-endpoint", &http, "--otlp-grpc-endpoint", &grpc])
            .args(["--exporter", "otlp", "--otlp-exporter-protocol", "grpc"])
            .args(["--otlp-exporter-endpoint", &to.grpc()])
            .arg("--pid-file")
            .arg(folder.join("rotel.pid"));
        let mut running = Running::start("rotel", &mut command, &Output::of(folder, "rotel"))?;
        running.wait_for("address", START, || {
            let listens = [&http, &grpc].into_iter().all(|it| TcpStream::connect(it).is_ok());
            Ok(listens.then_some(()))
        })?;
        let url = |address: String| format!("http://{address}");
        Ok(Self { http: url(http), grpc: url(grpc), _running: running })
    }
}

/// Both at once, so that they differ.
fn free_ports() -> Outcome<[String; 2]> {
    let listeners = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
    let [one, other] = &listeners;
    Ok([one.local_addr()?.to_string(), other.local_addr()?.to_string()])
}
