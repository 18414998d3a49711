-- What this person writes again and again for an item 常用语. On this device only.
CREATE TABLE phrases (
    item TEXT NOT NULL,
    text TEXT NOT NULL,
    used INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (item, text)
) STRICT, WITHOUT ROWID;
