//! Reads the defaults that a configuration file sets for all servers and clients; the program's own settings come first.

use crate::conventions::{Side, method};
use crate::headers::HeaderSettings;
use crate::runtime::requests::{HttpInstrumentation, HttpSide, in_force};
use std::sync::Arc;

/// The defaults of a file.
#[derive(Debug)]
pub(crate) struct Defaults {
    client: SideDefaults,
    server: SideDefaults,
    secrets: Option<Vec<String>>,
}

#[derive(Debug)]
struct SideDefaults {
    headers: HeaderSettings,
    methods: Vec<&'static str>,
}

/// Returns those of the file in force.
// HOT: called for every request.
pub(crate) fn current() -> Option<Arc<Defaults>> {
    in_force(Defaults::new)
}

/// Returns the headers that are recorded where the program names none.
pub(crate) fn headers(defaults: Option<&Defaults>, side: Side) -> Option<&HeaderSettings> {
    Some(&defaults?.of(side).headers)
}

/// Returns the methods that are known; `None`: the usual ones.
pub(crate) fn methods(defaults: Option<&Defaults>, side: Side) -> Option<&[&'static str]> {
    Some(&defaults?.of(side).methods)
}

/// Returns the keys of queries whose values are secrets; `None`: the usual ones.
pub(crate) fn secrets(defaults: Option<&Defaults>) -> Option<&[String]> {
    defaults?.secrets.as_deref()
}

impl Defaults {
    fn new(file: &HttpInstrumentation) -> Self {
        Self {
            client: SideDefaults::new(&file.client),
            server: SideDefaults::new(&file.server),
            secrets: file.sensitive_query_parameters.clone(),
        }
    }

    fn of(&self, side: Side) -> &SideDefaults {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }
}

impl SideDefaults {
    fn new(file: &HttpSide) -> Self {
        let mut headers = HeaderSettings::default();
        headers.add_request(file.request_headers.iter().cloned());
        headers.add_response(file.response_headers.iter().cloned());
        let methods = match &file.known_methods {
            Some(names) => names.iter().filter_map(|name| method::keep(name)).collect(),
            // With a file, no variable counts.
            None => method::KNOWN.to_vec(),
        };
        Self { headers, methods }
    }
}
