-- What a device does after the server was restored from a backup: it compares, and gives back what the log has lost.
ALTER TABLE progress ADD COLUMN repair_due INTEGER NOT NULL DEFAULT 0;
ALTER TABLE progress ADD COLUMN repaired_at INTEGER;
ALTER TABLE entries ADD COLUMN signature BLOB;

CREATE TABLE entries_before (
    epoch BLOB NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    sort INTEGER NOT NULL,
    body BLOB NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (epoch, seq)
) STRICT;
