-- Identities: the accounts at providers with which users sign in, and sign-ins at providers that are under way.

CREATE TABLE identities (
    id uuid NOT NULL CONSTRAINT identities_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT identities_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    provider text COLLATE "C" NOT NULL CONSTRAINT identities_provider_check
        CHECK (provider IN ('kakao', 'naver', 'google', 'apple')),
    subject text COLLATE "C" NOT NULL,
    email text COLLATE "C",
    email_verified boolean NOT NULL,
    sealed_token text COLLATE "C",
    linked_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    CONSTRAINT identities_provider_subject_key UNIQUE (provider, subject),
    CONSTRAINT identities_user_id_provider_key UNIQUE (user_id, provider)
);

-- The user is a fact of a few minutes, not a reference that must hold: no foreign key.
CREATE TABLE sign_in_flows (
    key text COLLATE "C" NOT NULL CONSTRAINT sign_in_flows_pkey PRIMARY KEY,
    browser text COLLATE "C" NOT NULL,
    provider text COLLATE "C" NOT NULL CONSTRAINT sign_in_flows_provider_check
        CHECK (provider IN ('kakao', 'naver', 'google', 'apple')),
    purpose text COLLATE "C" NOT NULL CONSTRAINT sign_in_flows_purpose_check
        CHECK (purpose IN ('sign_in', 'link', 'handoff')),
    user_id uuid,
    redirect_uri text COLLATE "C" NOT NULL,
    return_to text COLLATE "C",
    expires_at timestamptz NOT NULL
);
CREATE INDEX sign_in_flows_expires_at_idx ON sign_in_flows (expires_at);
