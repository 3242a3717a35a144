//! Reads the variables that every signal has: its exporters, its OTLP receiver, its queue.

use super::reader::{Env, Variable, headers};
use crate::error::InitError;
use crate::export::endpoint::Endpoint;
use crate::export::secrets::strictly_without_credentials;
use crate::export::signal::Signal;
use crate::export::table::{NamedExporter, exporters_of};
use crate::export::{OtlpProtocol, OtlpSettings, QueueSettings};
use std::path::PathBuf;

/// Returns the exporters that the variable of a signal names; `None` if it is unset.
pub(super) fn exporters(
    env: &Env<'_>,
    signal: Signal,
) -> Result<Option<Vec<&'static NamedExporter>>, InitError> {
    let named: Vec<_> = exporters_of(signal).collect();
    list(env, signal.exporter_variable(), &named)
}

/// Reads a list of `names`, or `none` alone.
pub(super) fn list<T: Copy + PartialEq>(
    env: &Env<'_>,
    variable: &'static str,
    names: &[(&str, T)],
) -> Result<Option<Vec<T>>, InitError> {
    let choices: Vec<_> =
        names.iter().map(|(name, it)| (*name, Some(*it))).chain([("none", None)]).collect();
    let Some(found) = env.choices(variable, &choices) else { return Ok(None) };
    if found.len() > 1 && found.contains(&None) {
        let value = env.text(variable)?.unwrap_or_default();
        let others = names.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let others = match &*others {
            [others @ .., last] if !others.is_empty() => {
                format!("{} and {last}", others.join(", "))
            }
            others => others.concat(),
        };
        let allowed = format!("`none` alone, or a list of {others}");
        return Err(Variable { name: variable, value }.bad(allowed));
    }
    let mut seen = Vec::new();
    for it in found.into_iter().flatten() {
        if !seen.contains(&it) {
            seen.push(it);
        }
    }
    Ok(Some(seen))
}

pub(super) fn otlp(env: &Env<'_>, signal: Signal) -> Result<OtlpSettings, InitError> {
    /// Lists both variables: the one of the signal takes precedence over the general one.
    macro_rules! names {
        ($suffix:literal) => {
            &[
                match signal {
                    Signal::Traces => concat!("OTEL_EXPORTER_OTLP_TRACES_", $suffix),
                    Signal::Metrics => concat!("OTEL_EXPORTER_OTLP_METRICS_", $suffix),
                    Signal::Logs => concat!("OTEL_EXPORTER_OTLP_LOGS_", $suffix),
                },
                concat!("OTEL_EXPORTER_OTLP_", $suffix),
            ]
        };
    }
    let mut settings = OtlpSettings::default();
    const PROTOCOLS: [(&str, OtlpProtocol); 3] = [
        ("http/protobuf", OtlpProtocol::HttpProtobuf),
        ("http/json", OtlpProtocol::HttpJson),
        ("grpc", OtlpProtocol::Grpc),
    ];
    if let Some(protocol) = env.choice(names!("PROTOCOL"), &PROTOCOLS) {
        settings.protocol = protocol;
    }
    let insecure = env.flag(names!("INSECURE"));
    if let Some(variable) = env.first(names!("ENDPOINT"))? {
        settings.endpoint = Some(endpoint(env, &variable, settings.protocol, signal, insecure)?);
    }
    if let Some(variable) = env.first(names!("HEADERS"))? {
        settings.headers = headers(&variable.value).map_err(|key| InitError::BadVariable {
            variable: variable.name.to_owned(),
            // Not the value itself: it may be a secret, as may be a member without a name.
            value: if variable.value.split(',').any(|member| member.trim() == key) {
                "a member without `=`".to_owned()
            } else {
                key
            },
            allowed: "a list like name=value,name=value with percent-encoded values".to_owned(),
        })?;
    }
    settings.timeout = env.timeout(names!("TIMEOUT"), settings.timeout);
    settings.gzip =
        env.choice(names!("COMPRESSION"), &[("gzip", true), ("none", false)]).unwrap_or(false);
    let file = |names: &[&str]| -> Result<Option<PathBuf>, InitError> {
        let Some(variable) = env.first(names)? else { return Ok(None) };
        match std::fs::metadata(&variable.value) {
            Ok(file) if file.is_file() => Ok(Some(variable.value.into())),
            _ => Err(variable.bad("the path of a readable PEM file")),
        }
    };
    settings.certificate = file(names!("CERTIFICATE"))?;
    settings.client_certificate = file(names!("CLIENT_CERTIFICATE"))?;
    settings.client_key = file(names!("CLIENT_KEY"))?;
    Ok(settings)
}

/// Builds the URL as the specification requires: a general endpoint gets the path of the signal. An address
/// without a scheme, which the specification defines for gRPC only, means `http://` over HTTP.
fn endpoint(
    env: &Env<'_>,
    variable: &Variable<'_>,
    protocol: OtlpProtocol,
    signal: Signal,
    insecure: bool,
) -> Result<String, InitError> {
    let value = variable.value.as_str();
    let is_grpc = protocol == OtlpProtocol::Grpc;
    let https = is_grpc && !insecure;
    let endpoint = Endpoint::parse(value, https).map_err(|flaw| variable.bad(flaw.allowed()))?;
    let mut url = value.to_owned();
    if !endpoint.has_scheme {
        let scheme = if https { "https" } else { "http" };
        url = format!("{scheme}://{value}");
        if !is_grpc {
            env.warn(format!(
                "{} is `{}`, without a scheme: read as `{}`; write the scheme to be sure",
                variable.name,
                strictly_without_credentials(value),
                endpoint.origin(),
            ));
        }
    }
    let is_general = variable.name == "OTEL_EXPORTER_OTLP_ENDPOINT";
    if is_grpc || !(is_general || (!endpoint.has_scheme && endpoint.path.is_empty())) {
        return Ok(url);
    }
    let url = url.split('#').next().unwrap_or_default();
    let (base, query) = url.split_at(url.find('?').unwrap_or(url.len()));
    Ok(format!("{}{}{query}", base.trim_end_matches('/'), signal.path()))
}

/// Reads a queue from its three variables.
pub(super) fn queue(
    env: &Env<'_>,
    size: &'static str,
    batch: &'static str,
    delay: &'static str,
    defaults: QueueSettings,
) -> QueueSettings {
    let max_queue = env.number(&[size], 1..=u64::from(u32::MAX), defaults.max_queue);
    // A batch is never longer than the queue.
    let max_batch = defaults.max_batch.min(max_queue);
    let max_batch = env.number(&[batch], 1..=max_queue as u64, max_batch);
    let delay = env.duration(&[delay], 0..=u64::MAX, defaults.delay);
    defaults.with_max_queue(max_queue).with_max_batch(max_batch).with_delay(delay)
}
