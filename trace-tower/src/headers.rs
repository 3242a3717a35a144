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

    /// Returns those of requests: where there are none, those of `others`.
    pub(crate) fn request<'a>(&'a self, is_grpc: bool, others: Option<&'a Self>) -> &'a Headers {
        let of = |settings: &'a Self| &settings.request[usize::from(is_grpc)];
        match others {
            Some(others) if of(self).wanted.is_empty() => of(others),
            _ => of(self),
        }
    }

    /// Returns those of responses: where there are none, those of `others`; `None`: there are none either.
    pub(crate) fn response(&self, is_grpc: bool, others: Option<&Self>) -> Option<Arc<Headers>> {
        let of = |settings: &Self| {
            let headers = &settings.response[usize::from(is_grpc)];
            (!headers.wanted.is_empty()).then(|| headers.clone())
        };
        of(self).or_else(|| of(others?))
    }
}
