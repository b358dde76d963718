-- The learning room: accounts, courses, classes, lectures, enrolments, attendances, certifications, and the yard's own tables.
--
-- Text is COLLATE "C", so that PostgreSQL orders it as SQLite does. Constraints are named by hand, because
-- crates/persistence/src/postgres/constraints.rs maps the names to domain::error::UniqueKey.
-- created_by, updated_by, requested_by and the actor of the audit log are plain ids without a foreign key: they are
-- facts of the past, and an index on each (which a foreign key needs) would burden every write.
-- Rows are never taken along by the removal of another one: every foreign key says ON DELETE RESTRICT.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE users (
    id uuid NOT NULL CONSTRAINT users_pkey PRIMARY KEY,
    username text COLLATE "C" NOT NULL CONSTRAINT users_username_key UNIQUE,
    auth_type text COLLATE "C" NOT NULL CONSTRAINT users_auth_type_check
        CHECK (auth_type IN ('manual', 'temp', 'kakao', 'naver', 'google', 'apple')),
    password text COLLATE "C",
    authorizations jsonb NOT NULL,
    name text COLLATE "C" NOT NULL,
    email text COLLATE "C",
    phone text COLLATE "C",
    search_text text COLLATE "C" NOT NULL,
    search_terms text COLLATE "C" NOT NULL,
    search_vector tsvector GENERATED ALWAYS AS (array_to_tsvector(string_to_array(search_terms, ' '))) STORED,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    last_login timestamptz,
    is_active boolean NOT NULL,
    version integer NOT NULL
);
CREATE INDEX users_search_idx ON users USING gin (search_vector);
CREATE INDEX users_authorizations_idx ON users USING gin (authorizations jsonb_path_ops);
CREATE INDEX users_name_idx ON users (name, id);
CREATE INDEX users_created_at_idx ON users (created_at, id);
CREATE INDEX users_updated_at_idx ON users (updated_at, id);
CREATE INDEX users_auth_type_idx ON users (auth_type, created_at, id);

CREATE TABLE server_secrets (
    name text COLLATE "C" NOT NULL CONSTRAINT server_secrets_pkey PRIMARY KEY,
    value bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE courses (
    id uuid NOT NULL CONSTRAINT courses_pkey PRIMARY KEY,
    title text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    keyword text COLLATE "C",
    search_text text COLLATE "C" NOT NULL,
    search_terms text COLLATE "C" NOT NULL,
    search_vector tsvector GENERATED ALWAYS AS (array_to_tsvector(string_to_array(search_terms, ' '))) STORED,
    is_active boolean NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid
);
CREATE INDEX courses_search_idx ON courses USING gin (search_vector);
CREATE INDEX courses_title_idx ON courses (title, id);
CREATE INDEX courses_keyword_idx ON courses (keyword);
CREATE INDEX courses_created_at_idx ON courses (created_at, id);
CREATE INDEX courses_updated_at_idx ON courses (updated_at, id);

CREATE TABLE classes (
    id uuid NOT NULL CONSTRAINT classes_pkey PRIMARY KEY,
    course_id uuid NOT NULL CONSTRAINT classes_course_id_fkey REFERENCES courses (id) ON DELETE RESTRICT,
    title text COLLATE "C" NOT NULL,
    lecturer_info text COLLATE "C",
    date_info text COLLATE "C",
    begin_date date NOT NULL,
    end_date date NOT NULL,
    capacity integer CONSTRAINT classes_capacity_check CHECK (capacity > 0),
    closed_at timestamptz,
    search_text text COLLATE "C" NOT NULL,
    search_terms text COLLATE "C" NOT NULL,
    search_vector tsvector GENERATED ALWAYS AS (array_to_tsvector(string_to_array(search_terms, ' '))) STORED,
    is_active boolean NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    CONSTRAINT classes_dates_check CHECK (end_date >= begin_date)
);
CREATE INDEX classes_search_idx ON classes USING gin (search_vector);
CREATE INDEX classes_course_id_idx ON classes (course_id, begin_date, id);
CREATE INDEX classes_title_idx ON classes (title, id);
CREATE INDEX classes_begin_date_idx ON classes (begin_date, id);
CREATE INDEX classes_end_date_idx ON classes (end_date, id);
CREATE INDEX classes_created_at_idx ON classes (created_at, id);

-- lecture_on is the day of lecture_date where the organisation is: enrolments, which hold from day to day, are held against it.
CREATE TABLE lectures (
    id uuid NOT NULL CONSTRAINT lectures_pkey PRIMARY KEY,
    class_id uuid NOT NULL CONSTRAINT lectures_class_id_fkey REFERENCES classes (id) ON DELETE RESTRICT,
    title text COLLATE "C" NOT NULL,
    sequence integer NOT NULL,
    attendance_type text COLLATE "C" NOT NULL CONSTRAINT lectures_attendance_type_check
        CHECK (attendance_type IN ('in_person', 'online', 'recorded', 'assignment')),
    lecture_date timestamptz NOT NULL,
    lecture_on date NOT NULL,
    duration_minutes integer NOT NULL,
    place text COLLATE "C",
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    CONSTRAINT lectures_class_id_sequence_key UNIQUE (class_id, sequence)
);
CREATE INDEX lectures_class_id_lecture_date_idx ON lectures (class_id, lecture_date, id);
CREATE INDEX lectures_lecture_date_idx ON lectures (lecture_date, id);

CREATE TABLE enrolments (
    id uuid NOT NULL CONSTRAINT enrolments_pkey PRIMARY KEY,
    class_id uuid NOT NULL CONSTRAINT enrolments_class_id_fkey REFERENCES classes (id) ON DELETE RESTRICT,
    user_id uuid NOT NULL CONSTRAINT enrolments_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    role text COLLATE "C" NOT NULL CONSTRAINT enrolments_role_check CHECK (role IN ('lecturer', 'assistant', 'learner')),
    enrolled_on date NOT NULL,
    left_on date,
    status text COLLATE "C" NOT NULL CONSTRAINT enrolments_status_check
        CHECK (status IN ('active', 'left', 'transferred')),
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    CONSTRAINT enrolments_period_check CHECK (left_on >= enrolled_on),
    CONSTRAINT enrolments_end_check CHECK ((status = 'active') = (left_on IS NULL)),
    -- Empty periods ('[)' with equal ends) overlap nothing. Class and user stand here as one hash of 64 bits: ids that were made
    -- together begin alike, and a GiST index on them degenerates (measured: 530 instead of 23 microseconds per row).
    CONSTRAINT enrolments_no_overlap EXCLUDE USING gist
        (uuid_hash_extended(user_id, uuid_hash_extended(class_id, 0)) WITH =, daterange(enrolled_on, left_on, '[)') WITH &&)
);
CREATE INDEX enrolments_class_id_idx ON enrolments (class_id, user_id);
CREATE INDEX enrolments_user_id_idx ON enrolments (user_id, enrolled_on, id);
CREATE INDEX enrolments_created_at_idx ON enrolments (created_at, id);

CREATE TABLE attendances (
    id uuid NOT NULL CONSTRAINT attendances_pkey PRIMARY KEY,
    lecture_id uuid NOT NULL CONSTRAINT attendances_lecture_id_fkey REFERENCES lectures (id) ON DELETE RESTRICT,
    user_id uuid NOT NULL CONSTRAINT attendances_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    status text COLLATE "C" NOT NULL CONSTRAINT attendances_status_check
        CHECK (status IN ('present', 'late', 'early_leave', 'excused', 'absent')),
    detail_type text COLLATE "C",
    description text COLLATE "C",
    assignment_id text COLLATE "C",
    checked_at timestamptz,
    source text COLLATE "C" NOT NULL CONSTRAINT attendances_source_check
        CHECK (source IN ('staff', 'self_check_in', 'import')),
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    CONSTRAINT attendances_lecture_id_user_id_key UNIQUE (lecture_id, user_id)
);
CREATE INDEX attendances_user_id_idx ON attendances (user_id, lecture_id);
CREATE INDEX attendances_created_at_idx ON attendances (created_at, id);

CREATE TABLE certifications (
    id uuid NOT NULL CONSTRAINT certifications_pkey PRIMARY KEY,
    course_id uuid NOT NULL CONSTRAINT certifications_course_id_fkey REFERENCES courses (id) ON DELETE RESTRICT,
    user_id uuid NOT NULL CONSTRAINT certifications_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    class_ids jsonb NOT NULL,
    issued_at timestamptz NOT NULL,
    snapshot jsonb NOT NULL,
    state text COLLATE "C" NOT NULL DEFAULT 'issued' CONSTRAINT certifications_state_check
        CHECK (state IN ('issued', 'superseded', 'revoked', 'expired')),
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid
);
CREATE UNIQUE INDEX certifications_one_issued_key ON certifications (course_id, user_id) WHERE state = 'issued';
CREATE INDEX certifications_course_id_idx ON certifications (course_id, issued_at, id);
CREATE INDEX certifications_user_id_idx ON certifications (user_id, issued_at, id);
CREATE INDEX certifications_issued_at_idx ON certifications (issued_at, id);
CREATE INDEX certifications_created_at_idx ON certifications (created_at, id);

CREATE TABLE audit_log (
    id uuid NOT NULL CONSTRAINT audit_log_pkey PRIMARY KEY,
    at timestamptz NOT NULL,
    actor uuid,
    request_id text COLLATE "C",
    entity text COLLATE "C" NOT NULL,
    entity_id uuid NOT NULL,
    action text COLLATE "C" NOT NULL CONSTRAINT audit_log_action_check CHECK (action IN ('create', 'update', 'delete')),
    old jsonb,
    new jsonb,
    reason text COLLATE "C"
);
-- Ids are unique over all entities, so the kind of thing needs no place in the index.
CREATE INDEX audit_log_entity_id_idx ON audit_log (entity_id, at, id);
CREATE INDEX audit_log_actor_idx ON audit_log (actor, at, id);
CREATE INDEX audit_log_at_idx ON audit_log (at, id);

CREATE FUNCTION audit_log_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'audit_log_append_only'; END$$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only();

CREATE TABLE idempotency_keys (
    principal uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    holds_until timestamptz NOT NULL,
    status integer,
    location text COLLATE "C",
    etag text COLLATE "C",
    body text COLLATE "C",
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (principal, key),
    CONSTRAINT idempotency_keys_answer_check CHECK ((status IS NULL) = (body IS NULL))
);
CREATE INDEX idempotency_keys_holds_until_idx ON idempotency_keys (holds_until);

CREATE TABLE operations (
    id uuid NOT NULL CONSTRAINT operations_pkey PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CONSTRAINT operations_status_check
        CHECK (status IN ('queued', 'running', 'succeeded', 'failed')),
    progress integer NOT NULL CONSTRAINT operations_progress_check CHECK (progress BETWEEN 0 AND 100),
    requested_by uuid,
    result jsonb,
    error jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX operations_unfinished_idx ON operations (status) WHERE status IN ('queued', 'running');

-- The ids point into several tables, so no foreign key can hold them.
CREATE TABLE external_ids (
    source text COLLATE "C" NOT NULL,
    entity text COLLATE "C" NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT external_ids_pkey PRIMARY KEY (source, entity, external_id)
);
