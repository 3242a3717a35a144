//! Divides a page of spans by the routes of their tenants.

use crate::recorder::pages::{FinishedSpans, route_of};
use crate::sampling::RouteNumber;
use std::sync::Arc;

/// The spans of a page by route. Spans of two routes are never in one page.
pub(super) struct Parts(Vec<(RouteNumber, Arc<FinishedSpans>)>);

impl Parts {
    /// Divides a page; `open` returns the route that spans of a route go to.
    pub(super) fn of(page: &Arc<FinishedSpans>, open: impl Fn(RouteNumber) -> RouteNumber) -> Self {
        let mut opened = [None; 1 + RouteNumber::MAX as usize];
        let mut route = |of: RouteNumber| *opened[usize::from(of)].get_or_insert_with(|| open(of));
        let mut routes: Vec<RouteNumber> = Vec::new();
        let of_spans: Vec<_> = page.iter().map(|span| route(route_of(span))).collect();
        for &route in &of_spans {
            // Neighbours usually belong to one tenant.
            if routes.last() != Some(&route) && !routes.contains(&route) {
                routes.push(route);
            }
        }
        if let [route] = routes[..] {
            return Self(vec![(route, page.clone())]);
        }
        let part = |of: RouteNumber| {
            let mut part = FinishedSpans::default();
            let spans = page.iter().zip(&of_spans).filter(|(_, route)| **route == of);
            spans.for_each(|(span, _)| part.push_copy(span));
            part.shrink();
            (of, Arc::new(part))
        };
        Self(routes.into_iter().map(part).collect())
    }

    /// Returns the spans of a route.
    pub(super) fn get(&self, route: RouteNumber) -> Option<&Arc<FinishedSpans>> {
        self.0.iter().find(|(of, _)| *of == route).map(|(_, part)| part)
    }
}
