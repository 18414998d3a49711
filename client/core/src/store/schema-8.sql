-- Cases, for the lists; a view like `inspections`.
CREATE TABLE cases (
    doc BLOB PRIMARY KEY,
    area TEXT NOT NULL,
    site TEXT,
    template TEXT NOT NULL,
    template_version INTEGER NOT NULL,
    item TEXT NOT NULL,
    kind TEXT NOT NULL,
    place TEXT NOT NULL,
    note TEXT NOT NULL,
    state TEXT NOT NULL,
    responsible BLOB,
    checker BLOB,
    fixed_by BLOB,
    due TEXT,
    reworks INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- The photos that cases name, so that those of others can be fetched before somebody goes where there is no signal.
CREATE TABLE case_photos (
    doc BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (doc, hash)
) STRICT, WITHOUT ROWID;

-- Cases whose row is to be folded again: something came that may change what it says.
CREATE TABLE case_unfolded (
    doc BLOB PRIMARY KEY
) STRICT;

-- Which entry of the log merged which envelope of a case: their events count in that order.
CREATE TABLE case_merges (
    doc BLOB NOT NULL,
    envelope BLOB NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (doc, envelope)
) STRICT, WITHOUT ROWID;

-- What an earlier version knew no kind for is looked at again: envelopes it set aside, and documents it could list nowhere.
UPDATE inbox SET state = 'new' WHERE state = 'aside' AND doc IS NULL;
UPDATE snapshots SET merged = FALSE WHERE doc NOT IN (SELECT doc FROM inspections);

-- Findings that are still being written.
CREATE TABLE drafts (
    doc BLOB NOT NULL,
    item TEXT NOT NULL,
    draft TEXT NOT NULL,
    PRIMARY KEY (doc, item)
) STRICT, WITHOUT ROWID;
