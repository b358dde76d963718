-- Devices: where a user can be told something, by the token that FCM gave.
--
-- The same table as in migrations/postgres.

CREATE TABLE devices (
    id TEXT NOT NULL CONSTRAINT devices_pkey PRIMARY KEY,
    user_id TEXT NOT NULL CONSTRAINT devices_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    token TEXT NOT NULL CONSTRAINT devices_token_key UNIQUE,
    platform TEXT NOT NULL CONSTRAINT devices_platform_check CHECK (platform IN ('android', 'ios', 'web')),
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL
) STRICT;
CREATE INDEX devices_user_id_idx ON devices (user_id, seen_at, id);
