//! Starts the exporter: the reader, its thread and the endpoint.

use super::handle::Prometheus;
use super::host::Hosts;
use super::scraper::{self, ScrapeReader};
use super::server::Server;
use super::settings::PrometheusSettings;
use crate::error::InitError;
use crate::export::exposition::PageOptions;
use crate::export::reader::{Source, Sweep};
use crate::forks::Origin;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::reader::MetricReader;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};

/// Opens the port, so that a port in use is reported at once, and creates the reader.
pub(crate) fn start(
    settings: &PrometheusSettings,
    sweep: Sweep,
) -> Result<(impl MetricReader, Prometheus), InitError> {
    let PrometheusSettings { host, port, .. } = settings;
    let listen = || {
        // If the name has both, more clients try the older protocol.
        let mut addresses: Vec<_> = (host.as_str(), *port).to_socket_addrs()?.collect();
        addresses.sort_by_key(SocketAddr::is_ipv6);
        TcpListener::bind(&*addresses)
    };
    let listener = settings.endpoint.then(listen);
    let listener = listener.transpose().map_err(|error| InitError::Exporter {
        name: "prometheus".to_owned(),
        message: format!(
            "cannot listen on {host}:{port}: {error}; OTEL_EXPORTER_PROMETHEUS_HOST and \
             OTEL_EXPORTER_PROMETHEUS_PORT say where to, and port 0 is any that is free"
        ),
    })?;
    let source = Arc::new(Source::new(Temporality::Cumulative, sweep));
    let options = PageOptions { scope_labels: settings.scope_labels, suffixes: settings.suffixes };
    let orders = scraper::start(source.clone(), options).map_err(InitError::Thread)?;
    let prometheus = Prometheus {
        origin: Origin::here(),
        orders: Arc::new(Mutex::new(Some(orders))),
        address: listener.as_ref().and_then(|listener| listener.local_addr().ok()),
        timeout: settings.timeout,
        is_empty: false,
    };
    let server = listener.map(|listener| {
        let hosts = Hosts::of(settings, &listener);
        Server::start(listener, prometheus.clone(), hosts)
    });
    let server = server.transpose();
    let server = Mutex::new(server.map_err(InitError::Thread)?);
    let handle = prometheus.clone();
    let reader = ScrapeReader::new(source, move || {
        handle.end();
        drop(server.lock().unwrap_or_else(PoisonError::into_inner).take());
    });
    Ok((reader, prometheus))
}
