-- Which version of the app has opened this file last.
CREATE TABLE versions (
    app TEXT NOT NULL
) STRICT;
INSERT INTO versions (app) VALUES ('');

-- How far the server's last backup reaches that has the photos too.
ALTER TABLE progress ADD COLUMN photos_backed_up INTEGER NOT NULL DEFAULT 0;

-- A draft with nothing in it is none.
DELETE FROM drafts
WHERE draft = '{"kind":"","note":"","place":"","point":null,"fixed_on_spot":false,"asset":"","photos":[]}';

-- Why the server would not take a photo, and when it is offered again; whether its bytes can no longer be read here; when
-- it was delivered, and how far the server's backups reached then; whether its bytes have left to make room.
ALTER TABLE photos ADD COLUMN refused TEXT;
ALTER TABLE photos ADD COLUMN offer_at INTEGER;
ALTER TABLE photos ADD COLUMN lost INTEGER NOT NULL DEFAULT FALSE;
ALTER TABLE photos ADD COLUMN delivered_at INTEGER;
ALTER TABLE photos ADD COLUMN backed_up INTEGER NOT NULL DEFAULT 0;
ALTER TABLE photos ADD COLUMN removed INTEGER NOT NULL DEFAULT FALSE;
