//! The exporters of spans that the environment names, or that fit where it names none.

use crate::config::env::{ExporterName, Settings};
use crate::config::error::InitError;
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
use crate::export::OtlpProtocol;
use crate::export::{Exporter, OtlpSettings};

/// The exporters of a program that names none itself: those of the environment; else OTLP when an
/// endpoint is named; else the tree for people where someone may be looking; else OTLP.
pub(super) fn choose_exporters(settings: &Settings, stderr_is_terminal: bool) -> Vec<ExporterName> {
    if let Some(named) = &settings.exporters {
        return named.clone();
    }
    let has_otlp = cfg!(any(feature = "otlp-http", feature = "otlp-grpc"));
    let has_console = cfg!(feature = "console");
    let for_people = has_console && stderr_is_terminal;
    if settings.otlp.endpoint.is_some() || (has_otlp && !for_people) {
        vec![ExporterName::Otlp]
    } else if has_console {
        vec![ExporterName::Console]
    } else {
        Vec::new()
    }
}

pub(super) fn named_exporter(
    name: ExporterName,
    settings: &Settings,
) -> Result<Box<dyn Exporter>, InitError> {
    match name {
        ExporterName::Otlp => otlp_exporter(&settings.otlp),
        #[cfg(feature = "console")]
        ExporterName::Console => Ok(Box::new(crate::export::ConsoleExporter::new())),
        #[cfg(feature = "json")]
        ExporterName::Json => Ok(Box::new(crate::export::JsonExporter::stdout())),
        #[cfg(not(feature = "console"))]
        ExporterName::Console => Err(missing("OTEL_TRACES_EXPORTER=console", "console")),
        #[cfg(not(feature = "json"))]
        ExporterName::Json => Err(missing("OTEL_TRACES_EXPORTER=json", "json")),
        ExporterName::None => Ok(Box::new(crate::export::NullExporter::new())),
    }
}

pub(super) fn otlp_exporter(settings: &OtlpSettings) -> Result<Box<dyn Exporter>, InitError> {
    match settings.protocol {
        #[cfg(feature = "otlp-http")]
        OtlpProtocol::HttpProtobuf => Ok(Box::new(crate::export::OtlpHttpExporter::new(settings)?)),
        #[cfg(feature = "otlp-grpc")]
        OtlpProtocol::Grpc => Ok(Box::new(crate::export::OtlpGrpcExporter::new(settings)?)),
        #[cfg(not(all(feature = "otlp-http", feature = "otlp-grpc")))]
        protocol => Err(crate::export::missing_transport(protocol)),
    }
}

#[allow(dead_code, reason = "with all features on, nothing is missing")]
fn missing(wanted: &str, feature: &'static str) -> InitError {
    InitError::MissingFeature { wanted: wanted.to_owned(), feature }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(all(feature = "console", feature = "otlp-http"))]
    #[test]
    fn a_program_that_names_no_exporter_gets_the_fitting_one() {
        let unset = Settings::default();
        assert_eq!(choose_exporters(&unset, true), [ExporterName::Console]);
        assert_eq!(choose_exporters(&unset, false), [ExporterName::Otlp]);
        let endpoint = OtlpSettings::default().with_endpoint("http://collector:4318/v1/traces");
        let endpoint = Settings { otlp: endpoint, ..Settings::default() };
        assert_eq!(choose_exporters(&endpoint, true), [ExporterName::Otlp]);
        let named = Settings { exporters: Some(vec![]), ..endpoint };
        assert_eq!(choose_exporters(&named, true), []);
    }
}
