-- The changes that customers have made, with the identifiers that the upstream API gave them.
CREATE TABLE changes (
    id INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    reference TEXT NOT NULL
) STRICT;

CREATE INDEX changes_of_tenant ON changes (tenant, id);
