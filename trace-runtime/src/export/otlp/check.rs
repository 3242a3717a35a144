//! Checks settings that all transports share, before a client is created from them.

use super::settings::{OtlpProtocol, OtlpSettings};
use crate::diagnostics::warn_once;
use crate::error::InitError;
use crate::export::endpoint::Endpoint;
use crate::export::signal::Signal;

/// Returns the endpoint of these settings; rejects settings that this build does not support, and those that
/// are invalid in any build.
pub(super) fn endpoint(
    settings: &OtlpSettings,
    protocol: OtlpProtocol,
    signal: Signal,
) -> Result<Endpoint, InitError> {
    let is_grpc = protocol == OtlpProtocol::Grpc;
    let mut endpoint = match &settings.endpoint {
        Some(text) => Endpoint::parse_or_explain(text, is_grpc).map_err(refused)?,
        None => default_endpoint(is_grpc),
    };
    if !endpoint.has_scheme {
        let origin = endpoint.origin();
        warn_once(format!(
            "the endpoint `{}` has no scheme: read as `{origin}`; write the scheme to be sure",
            endpoint.host_and_port(),
        ));
    }
    if endpoint.path.is_empty() && (settings.endpoint.is_none() || !endpoint.has_scheme) {
        endpoint.path = signal.path().to_owned();
    }
    hint(&endpoint, is_grpc);
    let files = [&settings.certificate, &settings.client_certificate, &settings.client_key];
    let needs_tls = endpoint.is_https || files.iter().any(|file| file.is_some());
    if !cfg!(feature = "tls") && needs_tls {
        let wanted = format!("the endpoint {} with TLS", endpoint.shown());
        return Err(InitError::MissingFeature { wanted, feature: "tls" });
    }
    if settings.client_certificate.is_some() != settings.client_key.is_some() {
        return Err(refused("a client certificate needs its key, and a key its certificate"));
    }
    Ok(endpoint)
}

fn default_endpoint(is_grpc: bool) -> Endpoint {
    Endpoint {
        is_https: false,
        host: "localhost".to_owned(),
        port: if is_grpc { 4317 } else { 4318 },
        path: String::new(),
        query: String::new(),
        user: None,
        has_scheme: true,
    }
}

/// Warns about a port of the other transport: the two are often confused.
fn hint(endpoint: &Endpoint, is_grpc: bool) {
    let (other, protocol, port) = match (endpoint.port, is_grpc) {
        (4317, false) => ("gRPC", "grpc", 4318),
        (4318, true) => ("OTLP over HTTP", "http/protobuf", 4317),
        _ => return,
    };
    warn_once(format!(
        "port {} of the endpoint {} usually takes {other}: if it does, set \
         OTEL_EXPORTER_OTLP_PROTOCOL={protocol}, or use port {port}",
        endpoint.port,
        endpoint.origin(),
    ));
}

/// Returns the error of invalid settings.
pub(super) fn refused(message: impl Into<String>) -> InitError {
    InitError::Exporter { name: "otlp".to_owned(), message: message.into() }
}

/// Checks a header of the settings, with the name and value that the transport has parsed.
pub(super) fn header<N, V>(
    name: &str,
    understood: Option<N>,
    value: Option<V>,
) -> Result<(N, V), String> {
    let understood = understood.ok_or_else(|| format!("`{name}` is not a header name"))?;
    let value = value.ok_or_else(|| {
        format!("the value of header `{name}` contains characters that headers may not contain")
    })?;
    Ok((understood, value))
}
