-- Whether photos wait for a network that costs nothing.
CREATE TABLE photos_policy (
    wifi_only INTEGER NOT NULL
) STRICT;
INSERT INTO photos_policy (wifi_only) VALUES (FALSE);
