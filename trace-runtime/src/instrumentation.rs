//! Holds the defaults that a configuration file sets for the instrumentation of HTTP, for the layers of another crate.
//! Hidden, as all of their interface is.
#![allow(missing_docs)]

use arc_swap::ArcSwapOption;
use http::HeaderName;
use std::any::Any;
use std::sync::{Arc, OnceLock};

/// What holds for all servers and clients that set nothing else.
#[derive(Debug, Default)]
pub struct HttpInstrumentation {
    pub client: HttpSide,
    pub server: HttpSide,
    /// The keys of queries whose values are secrets, instead of the usual ones.
    pub sensitive_query_parameters: Option<Vec<String>>,
    /// What the layers have made of it.
    made: OnceLock<Arc<dyn Any + Send + Sync>>,
}

/// What holds for servers, or for clients.
#[derive(Debug, Default)]
pub struct HttpSide {
    pub request_headers: Vec<HeaderName>,
    pub response_headers: Vec<HeaderName>,
    /// The methods that are known, instead of the usual ones.
    pub known_methods: Option<Vec<String>>,
}

/// That of the file in force.
static IN_FORCE: ArcSwapOption<HttpInstrumentation> = ArcSwapOption::const_empty();

/// Puts it in force; `None`: there is no file.
pub(crate) fn install(instrumentation: Option<Arc<HttpInstrumentation>>) {
    IN_FORCE.store(instrumentation);
}

/// Returns what `make` makes of that in force, once for each file.
// HOT: called for every request.
pub fn in_force<T: Any + Send + Sync>(make: fn(&HttpInstrumentation) -> T) -> Option<Arc<T>> {
    let in_force = IN_FORCE.load();
    let in_force = in_force.as_ref()?;
    let made = in_force.made.get_or_init(|| Arc::new(make(in_force)));
    made.clone().downcast().ok()
}
