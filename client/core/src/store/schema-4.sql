-- Documents as the server sent them, whole, and what is to be forgotten once it is delivered.

CREATE TABLE snapshots (
    doc BLOB PRIMARY KEY,
    epoch BLOB,
    seq INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    merged INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX snapshots_new ON snapshots (doc) WHERE NOT merged;

CREATE TABLE covered (
    envelope BLOB PRIMARY KEY,
    doc BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX covered_by_doc ON covered (doc);

CREATE TABLE leaving (
    doc BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;
