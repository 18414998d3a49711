-- Version 2: own envelopes the device goes on without, because the server holds them; and which log an entry is of.

ALTER TABLE outbox ADD COLUMN apart INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_apart ON outbox (doc) WHERE apart;

ALTER TABLE entries ADD COLUMN epoch BLOB;
UPDATE entries SET epoch = (SELECT epoch FROM progress);
