-- Devices: where a user can be told something, by the token that FCM gave.

CREATE TABLE devices (
    id uuid NOT NULL CONSTRAINT devices_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT devices_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    token text COLLATE "C" NOT NULL CONSTRAINT devices_token_key UNIQUE,
    platform text COLLATE "C" NOT NULL CONSTRAINT devices_platform_check CHECK (platform IN ('android', 'ios', 'web')),
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL
);
CREATE INDEX devices_user_id_idx ON devices (user_id, seen_at, id);
