-- Times are milliseconds since 1970.

CREATE TABLE todos (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    completed_at INTEGER
) STRICT;

-- What an AI provider suggests, and what became of it: not decided, accepted, declined.
CREATE TABLE ai_enrichments (
    todo_id INTEGER PRIMARY KEY REFERENCES todos (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    priority TEXT NOT NULL,
    category TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    confidence REAL NOT NULL,
    is_accepted INTEGER
) STRICT;
