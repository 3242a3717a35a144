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

/// Returns the keys: those of the response and then those of the request, which come first in time.
pub(crate) fn of(side: Side, is_grpc: bool) -> Vec<&'static str> {
    let status = match is_grpc {
        true => "rpc.response.status_code",
        false => "http.response.status_code",
    };
    let response = ["error.type", status, "network.protocol.version"];
    let request: &[_] = match (side, is_grpc) {
        (Side::Server, false) => &[
            "http.request.method",
            "http.request.method_original",
            "http.route",
            "url.path",
            "url.query",
            "url.scheme",
            "server.address",
            "server.port",
            "client.address",
            "network.peer.address",
            "network.peer.port",
            "network.protocol.version",
            "user_agent.original",
        ],
        (Side::Server, true) => &[
            "rpc.system.name",
            "rpc.method",
            "rpc.method_original",
            "server.address",
            "server.port",
            "client.address",
            "network.peer.address",
            "network.peer.port",
            "network.protocol.version",
        ],
        (Side::Client, false) => &[
            "http.request.method",
            "http.request.method_original",
            "http.request.resend_count",
            "url.full",
            "url.template",
            "server.address",
            "server.port",
        ],
        (Side::Client, true) => &[
            "rpc.system.name",
            "rpc.method",
            "rpc.method_original",
            "server.address",
            "server.port",
        ],
    };
    response.into_iter().chain(request.iter().copied()).collect()
}
