-- Calendar feeds. The secret of an address is not kept, only what it hashes to.
--
-- The same table as in migrations/postgres.

CREATE TABLE calendars (
    id TEXT NOT NULL CONSTRAINT calendars_pkey PRIMARY KEY,
    user_id TEXT NOT NULL CONSTRAINT calendars_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    class_id TEXT CONSTRAINT calendars_class_id_fkey REFERENCES classes (id) ON DELETE CASCADE,
    hash TEXT NOT NULL CONSTRAINT calendars_hash_key UNIQUE,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX calendars_user_id_idx ON calendars (user_id, created_at, id);
CREATE INDEX calendars_class_id_idx ON calendars (class_id);
