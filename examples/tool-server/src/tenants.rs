//! The customers of the server.
//!
//! A real server would authenticate them by a token. This one believes the header `x-customer`, and over stdio the
//! key `tool-server/customer` in `_meta`, but knows its customers: no client can create a new one.

use http::request::Parts;
use rmcp::RoleServer;
use rmcp::service::RequestContext;

/// The header that names the customer.
pub(crate) const HEADER: &str = "x-customer";
/// The key in `_meta` that names the customer.
pub(crate) const META: &str = "tool-server/customer";

/// A customer sends much more than all others.
pub(crate) const NOISY: &str = "acme";
/// A customer has agreed to all its traces being kept.
pub(crate) const OPTED_IN: &str = "initech";
/// All customers.
pub(crate) const ALL: [&str; 3] = [NOISY, "globex", OPTED_IN];

/// Returns the customer of a request.
pub(crate) fn of(context: &RequestContext<RoleServer>) -> Option<&'static str> {
    let of_meta = context.meta.0.0.get(META).and_then(|name| name.as_str());
    let named = of_meta
        .or_else(|| context.extensions.get::<Parts>()?.headers.get(HEADER)?.to_str().ok())?;
    ALL.into_iter().find(|known| *known == named)
}
