//! Decides what customers do, how often, and what the shop must answer.
//!
//! Of a hundred requests, three dozen show an item, two dozen search, twelve order. About one in ten
//! fails, as in real shops: items are sold out or do not exist, passwords are wrong, customers request
//! pages of others.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::VecDeque;

/// The number of requests of each kind, in a hundred.
const WEIGHTS: [(Kind, u32); 13] = [
    (Kind::LookAtItem, 35),
    (Kind::Search, 25),
    (Kind::LookAtOrder, 12),
    (Kind::Order, 12),
    (Kind::LogIn, 3),
    (Kind::Cancel, 2),
    (Kind::OrderSoldOut, 2),
    (Kind::LookAtUnknownItem, 2),
    (Kind::LookAtUnknownOrder, 2),
    (Kind::Report, 1),
    (Kind::ReportAsCustomer, 1),
    (Kind::OrderWithoutLogin, 1),
    (Kind::LogInWrongly, 2),
];
/// The number of items, of which every 25th is sold out.
const ITEMS: i64 = 200;
const SOLD_OUT: i64 = 25;
/// The number of orders that a customer remembers.
const REMEMBERED: usize = 8;
const WORDS: [&str; 6] = ["lamp", "blue", "oak", "table", "", "nothing"];

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    LookAtItem,
    Search,
    LookAtOrder,
    Order,
    LogIn,
    Cancel,
    OrderSoldOut,
    LookAtUnknownItem,
    LookAtUnknownOrder,
    Report,
    ReportAsCustomer,
    OrderWithoutLogin,
    LogInWrongly,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) kind: Kind,
    pub(crate) method: &'static str,
    /// The route, as in the shop's router.
    pub(crate) route: &'static str,
    pub(crate) path: String,
    pub(crate) body: Option<String>,
    pub(crate) token: Option<String>,
    /// The order that it concerns, if it exists already.
    pub(crate) order_id: Option<i64>,
    pub(crate) expected: &'static [u16],
}

/// A user who can log in.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) number: u32,
    pub(crate) token: String,
    orders: VecDeque<i64>,
}

impl User {
    pub(crate) fn new(number: u32, token: String) -> Self {
        Self { number, token, orders: VecDeque::new() }
    }

    /// Remembers an order.
    pub(crate) fn ordered(&mut self, id: i64) {
        if self.orders.len() == REMEMBERED {
            self.orders.pop_front();
        }
        self.orders.push_back(id);
    }
}

/// Chooses the next requests at random.
pub(crate) struct Chance(StdRng);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// Returns a number below `count`.
    pub(crate) fn index(&mut self, count: usize) -> usize {
        self.0.random_range(0..count)
    }

    /// Returns new ids of a trace and of a span.
    pub(crate) fn ids(&mut self) -> (u128, u64) {
        (self.0.random_range(1..=u128::MAX), self.0.random_range(1..=u64::MAX))
    }

    /// Returns the next request of this customer.
    pub(crate) fn next(&mut self, user: &User, admin: &str) -> Ask {
        let mut kind = self.kind();
        if user.orders.is_empty() && matches!(kind, Kind::LookAtOrder | Kind::Cancel) {
            kind = Kind::Order;
        }
        self.ask(kind, user, admin)
    }

    fn kind(&mut self) -> Kind {
        let all = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        let mut at = self.0.random_range(0..all);
        for (kind, weight) in WEIGHTS {
            if at < weight {
                return kind;
            }
            at -= weight;
        }
        Kind::Search
    }

    /// Returns an item that is not sold out.
    fn item(&mut self) -> i64 {
        // Some things sell better than others: the product of two is small more often.
        let share = self.0.random::<f64>() * self.0.random::<f64>();
        let item = 1 + (share * ITEMS as f64) as i64;
        if item % SOLD_OUT == 0 { item - 1 } else { item }
    }

    fn cart(&mut self, item: i64) -> String {
        let quantity = self.0.random_range(1..=3);
        let other = 1 + item % (SOLD_OUT - 1);
        if other == item || self.0.random_bool(0.5) {
            return format!(r#"{{"lines":[{{"item_id":{item},"quantity":{quantity}}}]}}"#);
        }
        format!(
            r#"{{"lines":[{{"item_id":{other},"quantity":1}},{{"item_id":{item},"quantity":{quantity}}}]}}"#
        )
    }

    fn ask(&mut self, kind: Kind, user: &User, admin: &str) -> Ask {
        let get = |route, path: String, expected| Ask {
            kind,
            method: "GET",
            route,
            path,
            body: None,
            token: None,
            order_id: None,
            expected,
        };
        let post = |route: &'static str, body: String, expected| Ask {
            method: "POST",
            body: Some(body),
            ..get(route, route.to_owned(), expected)
        };
        let by = |token: &str, ask: Ask| Ask { token: Some(token.to_owned()), ..ask };
        match kind {
            Kind::LookAtItem => get("/items/{id}", format!("/items/{}", self.item()), &[200]),
            Kind::LookAtUnknownItem => {
                get("/items/{id}", format!("/items/{}", ITEMS + self.item()), &[404])
            }
            Kind::Search => {
                let (word, page) = (WORDS[self.index(WORDS.len())], 1 + self.index(3));
                get("/items", format!("/items?query={word}&page={page}"), &[200])
            }
            Kind::Order => {
                let item = self.item();
                by(&user.token, post("/orders", self.cart(item), &[201]))
            }
            Kind::OrderSoldOut => by(&user.token, post("/orders", self.cart(SOLD_OUT), &[409])),
            Kind::OrderWithoutLogin => {
                let item = self.item();
                post("/orders", self.cart(item), &[401])
            }
            Kind::LookAtOrder => {
                let id = user.orders[self.index(user.orders.len())];
                let ask = get("/orders/{id}", format!("/orders/{id}"), &[200]);
                Ask { order_id: Some(id), ..by(&user.token, ask) }
            }
            Kind::LookAtUnknownOrder => {
                let path = format!("/orders/{}", i64::MAX - self.index(1_000) as i64);
                by(&user.token, get("/orders/{id}", path, &[404]))
            }
            Kind::Cancel => {
                // It may be packed already.
                let id = user.orders.back().copied().unwrap_or_default();
                let ask = post("/orders/{id}/cancel", String::new(), &[200, 409]);
                let ask = Ask { path: format!("/orders/{id}/cancel"), body: None, ..ask };
                Ask { order_id: Some(id), ..by(&user.token, ask) }
            }
            Kind::LogIn => post("/login", customer(user.number), &[200]),
            Kind::LogInWrongly => {
                post("/login", credentials(&format!("customer-{}", user.number), "what?"), &[401])
            }
            Kind::Report => by(admin, get("/admin/report", "/admin/report".to_owned(), &[200])),
            Kind::ReportAsCustomer => {
                by(&user.token, get("/admin/report", "/admin/report".to_owned(), &[403]))
            }
        }
    }
}

/// Returns the body of a customer's login.
pub(crate) fn customer(number: u32) -> String {
    credentials(&format!("customer-{number}"), &format!("secret-{number}"))
}

/// Returns the body of the admin's login.
pub(crate) fn admin() -> String {
    credentials("admin", "secret-admin")
}

fn credentials(name: &str, password: &str) -> String {
    format!(r#"{{"name":"{name}","password":"{password}"}}"#)
}

/// Builds the body of a login.
pub(crate) fn log_in(body: String) -> Ask {
    Ask {
        kind: Kind::LogIn,
        method: "POST",
        route: "/login",
        path: "/login".to_owned(),
        body: Some(body),
        token: None,
        order_id: None,
        expected: &[200],
    }
}
