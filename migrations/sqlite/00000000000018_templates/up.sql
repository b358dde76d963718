-- How certificates look, and the keys that sign them as credentials. The same as in migrations/postgres, which explains it.

CREATE TABLE certificate_templates (
    id TEXT NOT NULL CONSTRAINT certificate_templates_pkey PRIMARY KEY,
    course_id TEXT NOT NULL CONSTRAINT certificate_templates_course_id_fkey REFERENCES courses (id) ON DELETE RESTRICT,
    version INTEGER NOT NULL CONSTRAINT certificate_templates_version_check CHECK (version > 0),
    document TEXT,
    created_at TEXT NOT NULL,
    created_by TEXT,
    CONSTRAINT certificate_templates_course_id_version_key UNIQUE (course_id, version)
) STRICT;

CREATE TABLE issuer_keys (
    name TEXT NOT NULL CONSTRAINT issuer_keys_pkey PRIMARY KEY,
    pkcs8 BLOB NOT NULL,
    is_active INTEGER NOT NULL CONSTRAINT issuer_keys_is_active_check CHECK (is_active IN (0, 1)),
    created_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX issuer_keys_is_active_key ON issuer_keys (is_active) WHERE is_active = 1;
