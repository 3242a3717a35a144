//! Finds `client.address`.

use super::authority::Authority;
use http::request::Parts;
use std::net::{IpAddr, SocketAddr};

/// Returns the address of the connection, if the server put it into the extensions of the request.
pub(crate) fn of_connection(parts: &Parts) -> Option<SocketAddr> {
    #[cfg(feature = "axum")]
    if let Some(info) = parts.extensions.get::<axum::extract::ConnectInfo<SocketAddr>>() {
        return Some(info.0);
    }
    parts.extensions.get::<SocketAddr>().copied()
}

/// Parses the address that a proxy reported.
pub(crate) fn of_proxy(node: &str) -> Option<IpAddr> {
    // An IPv6 address may come without brackets where there is no port.
    node.parse().ok().or_else(|| Authority::parse(node)?.host.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_nothing_else() {
        let cases = [
            ("10.0.0.1", Some("10.0.0.1")),
            ("10.0.0.1:80", Some("10.0.0.1")),
            ("::1", Some("::1")),
            ("[::1]:80", Some("::1")),
            ("_hidden", None),
            ("unknown", None),
            ("", None),
        ];
        for (node, expected) in cases {
            let expected = expected.map(|address| address.parse().unwrap());
            assert_eq!(of_proxy(node), expected, "{node}");
        }
    }
}
