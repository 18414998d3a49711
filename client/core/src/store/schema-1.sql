-- Version 1. Older apps refuse a later version; this file is never edited once shipped.

CREATE TABLE identity (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    server TEXT NOT NULL,
    server_key BLOB NOT NULL,
    server_version TEXT NOT NULL,
    city TEXT NOT NULL,
    city_zh TEXT NOT NULL,
    city_en TEXT NOT NULL,
    user BLOB NOT NULL,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    device BLOB NOT NULL,
    device_name TEXT NOT NULL,
    secret BLOB NOT NULL,
    token TEXT
) STRICT;

CREATE TABLE progress (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    cursor BLOB,
    epoch BLOB,
    backed_up INTEGER NOT NULL,
    skew_ms INTEGER,
    last_success INTEGER
) STRICT;
INSERT INTO progress (one, backed_up) VALUES (1, 0);

CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    sort INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE documents (
    doc BLOB PRIMARY KEY,
    snapshot BLOB NOT NULL,
    genesis BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE changes (
    id INTEGER PRIMARY KEY,
    doc BLOB NOT NULL,
    bytes BLOB NOT NULL,
    envelope INTEGER
) STRICT;
CREATE INDEX changes_by_doc ON changes (doc, id);
CREATE INDEX changes_unpacked ON changes (doc) WHERE envelope IS NULL;

CREATE TABLE outbox (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    doc BLOB NOT NULL,
    bytes BLOB NOT NULL,
    acts INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    seq INTEGER,
    verdict BLOB
) STRICT;
CREATE INDEX outbox_by_doc ON outbox (doc);
CREATE INDEX outbox_waiting ON outbox (n) WHERE state = 'waiting';

CREATE TABLE inbox (
    position INTEGER PRIMARY KEY,
    envelope BLOB NOT NULL UNIQUE,
    doc BLOB,
    bytes BLOB NOT NULL,
    state TEXT NOT NULL
) STRICT;
CREATE INDEX inbox_by_doc ON inbox (doc, state);
CREATE INDEX inbox_new ON inbox (state) WHERE state = 'new';

CREATE TABLE inspections (
    doc BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    area TEXT NOT NULL,
    site TEXT,
    template TEXT NOT NULL,
    template_version INTEGER NOT NULL,
    assignment BLOB,
    state TEXT NOT NULL,
    answered INTEGER NOT NULL,
    asked INTEGER NOT NULL,
    findings INTEGER NOT NULL,
    conflicts INTEGER NOT NULL,
    returned INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    mine INTEGER NOT NULL,
    submitted INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX inspections_by_area ON inspections (area);
CREATE INDEX inspections_by_time ON inspections (changed_at);

CREATE TABLE photos (
    hash BLOB PRIMARY KEY,
    bytes INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    upload TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE photo_documents (
    doc BLOB NOT NULL,
    hash BLOB NOT NULL REFERENCES photos (hash),
    PRIMARY KEY (doc, hash)
) STRICT, WITHOUT ROWID;
