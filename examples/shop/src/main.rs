//! A shop: a service with a database, a cache, jobs, and a second service.

fn main() {}
