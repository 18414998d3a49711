-- What the server signed before it was restored is shown to it: only so it knows what it has lost.
ALTER TABLE inbox ADD COLUMN epoch BLOB;
ALTER TABLE inbox ADD COLUMN seq INTEGER;
ALTER TABLE inbox ADD COLUMN at INTEGER;
ALTER TABLE inbox ADD COLUMN signature BLOB;

CREATE TABLE receipts_before (
    verdict BLOB PRIMARY KEY
) STRICT;

CREATE TABLE places_before (
    epoch BLOB NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    envelope BLOB NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (epoch, seq)
) STRICT;
