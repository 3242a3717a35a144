//! Lists the attribute keys of spans, in the order in which their values are recorded.

use super::Side;

/// The place of `error.type`.
pub(crate) const ERROR_TYPE: u16 = 0;
/// The place of the status of a response, before that of its version.
pub(crate) const STATUS: u16 = 1;
/// The place of the version of a client's response.
pub(crate) const VERSION: u16 = 2;
/// The place of the first attribute of the request.
pub(crate) const REQUEST: u16 = 3;
/// The place of the method of an RPC, before that of its original.
pub(crate) const RPC_METHOD: u16 = 4;

/// The server of a request.
const SERVER: &[&str] = &["server.address", "server.port"];
/// The client of a request, as its server sees it.
const CLIENT: &[&str] =
    &["client.address", "network.peer.address", "network.peer.port", "network.protocol.version"];
const METHOD: &[&str] = &["http.request.method", "http.request.method_original"];
const RPC: &[&str] = &["rpc.system.name", "rpc.method", "rpc.method_original"];

/// Returns the keys: those of the response and then those of the request, which come first in time.
pub(crate) fn of(side: Side, is_grpc: bool) -> Vec<&'static str> {
    let status = match is_grpc {
        true => "rpc.response.status_code",
        false => "http.response.status_code",
    };
    let response: &[_] = &["error.type", status, "network.protocol.version"];
    match (side, is_grpc) {
        (Side::Server, false) => {
            let url = &["http.route", "url.path", "url.query", "url.scheme"];
            [response, METHOD, url, SERVER, CLIENT, &["user_agent.original"]].concat()
        }
        (Side::Server, true) => [response, RPC, SERVER, CLIENT].concat(),
        (Side::Client, false) => {
            let url = &["http.request.resend_count", "url.full", "url.template"];
            [response, METHOD, url, SERVER].concat()
        }
        (Side::Client, true) => [response, RPC, SERVER].concat(),
    }
}
