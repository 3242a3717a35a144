-- Amounts are in cents; times are milliseconds since 1970.

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('customer', 'admin')),
    tier TEXT NOT NULL CHECK (tier IN ('standard', 'gold'))
) STRICT;

CREATE TABLE sessions (
    token TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    price INTEGER NOT NULL CHECK (price > 0)
) STRICT;

-- What is kept beside the memory of one process; `value` is JSON.
CREATE TABLE cache_entries (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value)),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE digests (
    id INTEGER PRIMARY KEY,
    created_at INTEGER NOT NULL,
    orders INTEGER NOT NULL,
    total INTEGER NOT NULL
) STRICT;

CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    -- By which the warehouse knows it.
    reservation TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('placed', 'packed', 'shipped', 'cancelled')),
    total INTEGER NOT NULL CHECK (total > 0),
    created_at INTEGER NOT NULL,
    -- The span that shipped it, as a `traceparent`.
    shipped_by TEXT,
    digest_id INTEGER REFERENCES digests (id)
) STRICT;
CREATE INDEX orders_by_user ON orders (user_id);
CREATE INDEX orders_by_time ON orders (created_at, state, total);
CREATE INDEX orders_to_digest ON orders (id) WHERE state = 'shipped' AND digest_id IS NULL;

CREATE TABLE order_lines (
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    item_id INTEGER NOT NULL REFERENCES items (id),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    price INTEGER NOT NULL CHECK (price > 0),
    PRIMARY KEY (order_id, item_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    order_id INTEGER NOT NULL REFERENCES orders (id),
    state TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'running', 'done', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    run_at INTEGER NOT NULL,
    last_error TEXT,
    -- The context of whoever put it here, and the span of the attempt before.
    traceparent TEXT,
    tracestate TEXT,
    baggage TEXT,
    last_attempt TEXT
) STRICT;
CREATE INDEX jobs_due ON jobs (run_at) WHERE state = 'ready';
CREATE INDEX jobs_by_order ON jobs (order_id);
