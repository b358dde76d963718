-- How certificates look, and the keys that sign them as credentials.

-- Every version that a course ever had: a certificate is printed by the one that held when it was issued.
CREATE TABLE certificate_templates (
    id uuid NOT NULL CONSTRAINT certificate_templates_pkey PRIMARY KEY,
    course_id uuid NOT NULL CONSTRAINT certificate_templates_course_id_fkey REFERENCES courses (id) ON DELETE RESTRICT,
    version integer NOT NULL CONSTRAINT certificate_templates_version_check CHECK (version > 0),
    document jsonb,
    created_at timestamptz NOT NULL,
    created_by uuid,
    CONSTRAINT certificate_templates_course_id_version_key UNIQUE (course_id, version)
);

-- Keys are never removed: what they have signed is verified with their public half for good.
CREATE TABLE issuer_keys (
    name text COLLATE "C" NOT NULL CONSTRAINT issuer_keys_pkey PRIMARY KEY,
    pkcs8 bytea NOT NULL,
    is_active boolean NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX issuer_keys_is_active_key ON issuer_keys (is_active) WHERE is_active;
