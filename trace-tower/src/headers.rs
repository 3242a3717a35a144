//! Records the headers that the user names: by default, none.

use crate::conventions::all_text;
use crate::runtime::layer::Subject;
use http::{HeaderMap, HeaderName};
use std::borrow::Cow;
use std::sync::Arc;
use trace_runtime::Value;

/// The headers to record, each with its attribute key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers {
    wanted: Vec<(HeaderName, Cow<'static, str>)>,
}

impl Headers {
    /// Adds headers, with keys of `prefix` and their name.
    fn add(&mut self, prefix: &str, name: HeaderName) {
        let key = format!("{prefix}{name}").into();
        self.wanted.push((name, key));
    }

    /// Records those that are present.
    // HOT: most programs want none.
    pub(crate) fn record(&self, subject: Subject, headers: &HeaderMap) {
        for (name, key) in &self.wanted {
            let values = all_text(headers, name);
            if !values.is_empty() {
                subject.set_attributes(&[(key.clone(), Value::Strings(&values))]);
            }
        }
    }
}

/// The headers of requests and responses, for HTTP and for gRPC, whose keys differ.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeaderSettings {
    request: [Headers; 2],
    response: [Arc<Headers>; 2],
}

impl HeaderSettings {
    pub(crate) fn add_request(&mut self, names: impl IntoIterator<Item = HeaderName>) {
        let [http, grpc] = &mut self.request;
        for name in names {
            http.add("http.request.header.", name.clone());
            grpc.add("rpc.request.metadata.", name);
        }
    }

    pub(crate) fn add_response(&mut self, names: impl IntoIterator<Item = HeaderName>) {
        let [http, grpc] = &mut self.response;
        let (http, grpc) = (Arc::make_mut(http), Arc::make_mut(grpc));
        for name in names {
            http.add("http.response.header.", name.clone());
            grpc.add("rpc.response.metadata.", name);
        }
    }

    pub(crate) fn request(&self, is_grpc: bool) -> &Headers {
        &self.request[usize::from(is_grpc)]
    }

    /// Returns those of responses; `None`: there are none.
    pub(crate) fn response(&self, is_grpc: bool) -> Option<Arc<Headers>> {
        let headers = &self.response[usize::from(is_grpc)];
        (!headers.wanted.is_empty()).then(|| headers.clone())
    }
}
