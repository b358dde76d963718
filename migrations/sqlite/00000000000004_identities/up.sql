-- Identities: the accounts at providers with which users sign in, and sign-ins at providers that are under way.

CREATE TABLE identities (
    id TEXT NOT NULL CONSTRAINT identities_pkey PRIMARY KEY,
    user_id TEXT NOT NULL CONSTRAINT identities_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    provider TEXT NOT NULL CONSTRAINT identities_provider_check
        CHECK (provider IN ('kakao', 'naver', 'google', 'apple')),
    subject TEXT NOT NULL,
    email TEXT,
    email_verified INTEGER NOT NULL,
    sealed_token TEXT,
    linked_at TEXT NOT NULL,
    last_used_at TEXT NOT NULL,
    CONSTRAINT identities_provider_subject_key UNIQUE (provider, subject),
    CONSTRAINT identities_user_id_provider_key UNIQUE (user_id, provider)
) STRICT;

-- The user is a fact of a few minutes, not a reference that must hold: no foreign key.
CREATE TABLE sign_in_flows (
    key TEXT NOT NULL CONSTRAINT sign_in_flows_pkey PRIMARY KEY,
    browser TEXT NOT NULL,
    provider TEXT NOT NULL CONSTRAINT sign_in_flows_provider_check
        CHECK (provider IN ('kakao', 'naver', 'google', 'apple')),
    purpose TEXT NOT NULL CONSTRAINT sign_in_flows_purpose_check
        CHECK (purpose IN ('sign_in', 'link', 'handoff')),
    user_id TEXT,
    redirect_uri TEXT NOT NULL,
    return_to TEXT,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX sign_in_flows_expires_at_idx ON sign_in_flows (expires_at);
