//! Maps the configuration of instrumentation libraries.

use super::mapper::Mapper;
#[cfg(feature = "http")]
use crate::instrumentation::{HttpInstrumentation, HttpSide};
#[cfg(feature = "http")]
use http::HeaderName;
#[cfg(feature = "http")]
use trace_config::model::Place;
#[cfg(feature = "http")]
use trace_config::model::instrumentation::UrlSanitization;
use trace_config::model::instrumentation::{Instrumentation, SemconvConfig};

/// Notes what has no effect. Sections of other languages are for services that share the file.
pub(super) fn note(mapper: &Mapper<'_>, section: &Instrumentation) {
    if section.rust.is_some() {
        let message = "no library here has a section of its own";
        mapper.unsupported(section.at, Some("rust"), message);
    }
    let Some(general) = &section.general else { return };
    if general.stability_opt_in_list.is_some() {
        let message = "the latest version of each convention is recorded, and no other";
        mapper.unsupported(general.at, Some("stability_opt_in_list"), message);
    }
    let semconv = [
        general.http.as_ref().and_then(|it| it.semconv.as_ref()),
        general.code.as_ref().and_then(|it| it.semconv.as_ref()),
        general.db.as_ref().and_then(|it| it.semconv.as_ref()),
        general.gen_ai.as_ref().and_then(|it| it.semconv.as_ref()),
        general.messaging.as_ref().and_then(|it| it.semconv.as_ref()),
        general.rpc.as_ref().and_then(|it| it.semconv.as_ref()),
    ];
    for section in semconv.into_iter().flatten().filter(|section| asks_for_another(section)) {
        let message = "the latest version of the convention is recorded, and no other";
        mapper.unsupported(section.at, None, message);
    }
    #[cfg(not(feature = "http"))]
    for (key, is_set) in
        [("http", general.http.is_some()), ("sanitization", general.sanitization.is_some())]
    {
        if is_set {
            let message =
                "this build has no instrumentation of HTTP: it needs the cargo feature `http`";
            mapper.unsupported(general.at, Some(key), message);
        }
    }
}

fn asks_for_another(section: &SemconvConfig) -> bool {
    let is_old = section.version.is_some_and(|version| version != 1);
    is_old || section.experimental == Some(true) || section.dual_emit == Some(true)
}

/// Returns what holds for servers and clients of HTTP.
#[cfg(feature = "http")]
pub(super) fn http(mapper: &Mapper<'_>, section: Option<&Instrumentation>) -> HttpInstrumentation {
    let mut instrumentation = HttpInstrumentation::default();
    let Some(general) = section.and_then(|section| section.general.as_ref()) else {
        return instrumentation;
    };
    let http = general.http.as_ref();
    macro_rules! side {
        ($side:expr) => {
            $side.as_ref().map_or_else(HttpSide::default, |side| HttpSide {
                request_headers: headers(
                    mapper,
                    (side.at, "request_captured_headers"),
                    side.request_captured_headers.as_deref(),
                ),
                response_headers: headers(
                    mapper,
                    (side.at, "response_captured_headers"),
                    side.response_captured_headers.as_deref(),
                ),
                known_methods: side.known_methods.clone(),
            })
        };
    }
    // The model has a type for each, with the same keys.
    instrumentation.client = http.map(|http| side!(http.client)).unwrap_or_default();
    instrumentation.server = http.map(|http| side!(http.server)).unwrap_or_default();
    let url = general.sanitization.as_ref().and_then(|it| it.url.as_ref());
    let listed = |url: &UrlSanitization| url.sensitive_query_parameters.clone();
    instrumentation.sensitive_query_parameters = url.and_then(listed);
    instrumentation
}

/// Returns the headers of a list; notes those as wrong that are none.
#[cfg(feature = "http")]
fn headers(
    mapper: &Mapper<'_>,
    (at, key): (Place, &str),
    names: Option<&[String]>,
) -> Vec<HeaderName> {
    let names = names.unwrap_or_default().iter();
    let headers = names.filter_map(|name| {
        let header = name.parse().ok();
        if header.is_none() {
            mapper.refused(at, Some(key), format!("`{name}` is not the name of a header"));
        }
        header
    });
    headers.collect()
}
