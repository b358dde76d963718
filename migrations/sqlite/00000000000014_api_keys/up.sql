-- API keys: how machines call. Only the hash of a secret is kept.
--
-- The same table as in migrations/postgres.

CREATE TABLE api_keys (
    id TEXT NOT NULL CONSTRAINT api_keys_pkey PRIMARY KEY,
    owner_id TEXT NOT NULL CONSTRAINT api_keys_owner_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    name TEXT NOT NULL,
    hash TEXT NOT NULL CONSTRAINT api_keys_hash_key UNIQUE,
    permissions TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    last_used_at TEXT,
    revoked_at TEXT,
    CONSTRAINT api_keys_expiry_check CHECK (expires_at > created_at)
) STRICT;
CREATE INDEX api_keys_owner_id_idx ON api_keys (owner_id, created_at, id);
CREATE INDEX api_keys_created_at_idx ON api_keys (created_at, id);
CREATE INDEX api_keys_expires_at_idx ON api_keys (expires_at, id);
