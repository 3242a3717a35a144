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
        let mut parts: Vec<(RouteNumber, FinishedSpans)> = Vec::new();
        // Neighbours usually belong to one tenant, often all of them do.
        let mut place = 0;
        let mut only = None;
        for (index, span) in page.iter().enumerate() {
            let route = route(route_of(span));
            if index == 0 {
                only = Some(route);
            }
            if only == Some(route) {
                continue;
            }
            if let Some(only) = only.take() {
                let mut part = FinishedSpans::default();
                page.iter().take(index).for_each(|span| part.push_copy(span));
                parts.push((only, part));
            }
            if parts.get(place).is_none_or(|(of, _)| *of != route) {
                place = parts.iter().position(|(of, _)| *of == route).unwrap_or_else(|| {
                    parts.push((route, FinishedSpans::default()));
                    parts.len() - 1
                });
            }
            parts[place].1.push_copy(span);
        }
        if let Some(only) = only {
            return Self(vec![(only, page.clone())]);
        }
        let shrunk = parts.into_iter().map(|(route, mut part)| {
            part.shrink();
            (route, Arc::new(part))
        });
        Self(shrunk.collect())
    }

    /// Returns the spans of a route.
    pub(super) fn get(&self, route: RouteNumber) -> Option<&Arc<FinishedSpans>> {
        self.0.iter().find(|(of, _)| *of == route).map(|(_, part)| part)
    }
}
