//! What holds for settings whatever the transport, before a client is made of them.

use super::OtlpSettings;
use crate::config::InitError;
use crate::config::secrets::without_credentials;

/// Finds settings that this build cannot follow, and those that nobody can; `url` is where requests
/// go.
pub(super) fn settings(settings: &OtlpSettings, url: &str) -> Result<(), InitError> {
    let is_https = url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
    let files = [&settings.certificate, &settings.client_certificate, &settings.client_key];
    if !cfg!(feature = "tls") && (is_https || files.iter().any(|file| file.is_some())) {
        let wanted = format!("the endpoint {} with TLS", without_credentials(url));
        return Err(InitError::MissingFeature { wanted, feature: "tls" });
    }
    if settings.client_certificate.is_some() != settings.client_key.is_some() {
        return Err(refused("a client certificate needs its key, and a key its certificate"));
    }
    Ok(())
}

/// The error of settings that no client can be made of.
pub(super) fn refused(message: impl Into<String>) -> InitError {
    InitError::Exporter { name: "otlp".to_owned(), message: message.into() }
}

/// A header of the settings, as the transport has understood its name and its value.
pub(super) fn header<N, V>(
    name: &str,
    understood: Option<N>,
    value: Option<V>,
) -> Result<(N, V), String> {
    let understood = understood.ok_or_else(|| format!("`{name}` is not a header name"))?;
    let value = value.ok_or_else(|| {
        format!("the value of header `{name}` holds characters that no header may hold")
    })?;
    Ok((understood, value))
}
