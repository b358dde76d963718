-- API keys: how machines call. Only the hash of a secret is kept.

CREATE TABLE api_keys (
    id uuid NOT NULL CONSTRAINT api_keys_pkey PRIMARY KEY,
    owner_id uuid NOT NULL CONSTRAINT api_keys_owner_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    name text COLLATE "C" NOT NULL,
    hash text COLLATE "C" NOT NULL CONSTRAINT api_keys_hash_key UNIQUE,
    permissions jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_keys_expiry_check CHECK (expires_at > created_at)
);
CREATE INDEX api_keys_owner_id_idx ON api_keys (owner_id, created_at, id);
CREATE INDEX api_keys_created_at_idx ON api_keys (created_at, id);
CREATE INDEX api_keys_expires_at_idx ON api_keys (expires_at, id);
