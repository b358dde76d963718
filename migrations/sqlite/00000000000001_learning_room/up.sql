-- The learning room: accounts, courses, classes, lectures, enrolments, attendances, certifications, and the yard's own tables.
--
-- The same tables as in migrations/postgres, which explains them. Tables are STRICT; ids, times and days are text of one
-- fixed form each, so that their order as text is their order in time; documents are JSON text.
-- SQLite does not name a broken constraint: crates/persistence/src/sqlite/constraints.rs maps the columns that it does name.
-- Searched tables have an explicit row_id, because FTS5 points at rows by it and VACUUM may change a hidden one.
-- created_by, updated_by, requested_by and the actor of the audit log are plain ids without a foreign key: they are
-- facts of the past, and an index on each (which a foreign key needs) would burden every write.

CREATE TABLE users (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL CONSTRAINT users_pkey UNIQUE,
    username TEXT NOT NULL CONSTRAINT users_username_key UNIQUE,
    auth_type TEXT NOT NULL CONSTRAINT users_auth_type_check
        CHECK (auth_type IN ('manual', 'temp', 'kakao', 'naver', 'google', 'apple')),
    password TEXT,
    authorizations TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    search_text TEXT NOT NULL,
    search_terms TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    last_login TEXT,
    is_active INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX users_name_idx ON users (name, id);
CREATE INDEX users_created_at_idx ON users (created_at, id);
CREATE INDEX users_updated_at_idx ON users (updated_at, id);
CREATE INDEX users_auth_type_idx ON users (auth_type, created_at, id);

CREATE VIRTUAL TABLE users_search USING fts5 (terms, content='', contentless_delete=1, detail=none, tokenize='ascii');
CREATE TRIGGER users_search_insert AFTER INSERT ON users
BEGIN
    INSERT INTO users_search (rowid, terms) VALUES (NEW.row_id, NEW.search_terms);
END;
CREATE TRIGGER users_search_update AFTER UPDATE OF search_terms ON users WHEN NEW.search_terms <> OLD.search_terms
BEGIN
    UPDATE users_search SET terms = NEW.search_terms WHERE rowid = NEW.row_id;
END;
CREATE TRIGGER users_search_delete AFTER DELETE ON users
BEGIN
    DELETE FROM users_search WHERE rowid = OLD.row_id;
END;

CREATE TABLE server_secrets (
    name TEXT NOT NULL CONSTRAINT server_secrets_pkey PRIMARY KEY,
    value BLOB NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
) STRICT;

CREATE TABLE courses (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL CONSTRAINT courses_pkey UNIQUE,
    title TEXT NOT NULL,
    description TEXT,
    keyword TEXT,
    search_text TEXT NOT NULL,
    search_terms TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT
) STRICT;
CREATE INDEX courses_title_idx ON courses (title, id);
CREATE INDEX courses_keyword_idx ON courses (keyword);
CREATE INDEX courses_created_at_idx ON courses (created_at, id);
CREATE INDEX courses_updated_at_idx ON courses (updated_at, id);

CREATE VIRTUAL TABLE courses_search USING fts5 (terms, content='', contentless_delete=1, detail=none, tokenize='ascii');
CREATE TRIGGER courses_search_insert AFTER INSERT ON courses
BEGIN
    INSERT INTO courses_search (rowid, terms) VALUES (NEW.row_id, NEW.search_terms);
END;
CREATE TRIGGER courses_search_update AFTER UPDATE OF search_terms ON courses WHEN NEW.search_terms <> OLD.search_terms
BEGIN
    UPDATE courses_search SET terms = NEW.search_terms WHERE rowid = NEW.row_id;
END;
CREATE TRIGGER courses_search_delete AFTER DELETE ON courses
BEGIN
    DELETE FROM courses_search WHERE rowid = OLD.row_id;
END;

CREATE TABLE classes (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL CONSTRAINT classes_pkey UNIQUE,
    course_id TEXT NOT NULL CONSTRAINT classes_course_id_fkey REFERENCES courses (id) ON DELETE RESTRICT,
    title TEXT NOT NULL,
    lecturer_info TEXT,
    date_info TEXT,
    begin_date TEXT NOT NULL,
    end_date TEXT NOT NULL,
    capacity INTEGER CONSTRAINT classes_capacity_check CHECK (capacity > 0),
    closed_at TEXT,
    search_text TEXT NOT NULL,
    search_terms TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT,
    CONSTRAINT classes_dates_check CHECK (end_date >= begin_date)
) STRICT;
CREATE INDEX classes_course_id_idx ON classes (course_id, begin_date, id);
CREATE INDEX classes_title_idx ON classes (title, id);
CREATE INDEX classes_begin_date_idx ON classes (begin_date, id);
CREATE INDEX classes_end_date_idx ON classes (end_date, id);
CREATE INDEX classes_created_at_idx ON classes (created_at, id);

CREATE VIRTUAL TABLE classes_search USING fts5 (terms, content='', contentless_delete=1, detail=none, tokenize='ascii');
CREATE TRIGGER classes_search_insert AFTER INSERT ON classes
BEGIN
    INSERT INTO classes_search (rowid, terms) VALUES (NEW.row_id, NEW.search_terms);
END;
CREATE TRIGGER classes_search_update AFTER UPDATE OF search_terms ON classes WHEN NEW.search_terms <> OLD.search_terms
BEGIN
    UPDATE classes_search SET terms = NEW.search_terms WHERE rowid = NEW.row_id;
END;
CREATE TRIGGER classes_search_delete AFTER DELETE ON classes
BEGIN
    DELETE FROM classes_search WHERE rowid = OLD.row_id;
END;

-- lecture_on is the day of lecture_date where the organisation is: enrolments, which hold from day to day, are held against it.
CREATE TABLE lectures (
    id TEXT NOT NULL CONSTRAINT lectures_pkey PRIMARY KEY,
    class_id TEXT NOT NULL CONSTRAINT lectures_class_id_fkey REFERENCES classes (id) ON DELETE RESTRICT,
    title TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    attendance_type TEXT NOT NULL CONSTRAINT lectures_attendance_type_check
        CHECK (attendance_type IN ('in_person', 'online', 'recorded', 'assignment')),
    lecture_date TEXT NOT NULL,
    lecture_on TEXT NOT NULL,
    duration_minutes INTEGER NOT NULL,
    place TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT,
    CONSTRAINT lectures_class_id_sequence_key UNIQUE (class_id, sequence)
) STRICT;
CREATE INDEX lectures_class_id_lecture_date_idx ON lectures (class_id, lecture_date, id);
CREATE INDEX lectures_lecture_date_idx ON lectures (lecture_date, id);

CREATE TABLE enrolments (
    id TEXT NOT NULL CONSTRAINT enrolments_pkey PRIMARY KEY,
    class_id TEXT NOT NULL CONSTRAINT enrolments_class_id_fkey REFERENCES classes (id) ON DELETE RESTRICT,
    user_id TEXT NOT NULL CONSTRAINT enrolments_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    role TEXT NOT NULL CONSTRAINT enrolments_role_check CHECK (role IN ('lecturer', 'assistant', 'learner')),
    enrolled_on TEXT NOT NULL,
    left_on TEXT,
    status TEXT NOT NULL CONSTRAINT enrolments_status_check
        CHECK (status IN ('active', 'left', 'transferred')),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT,
    CONSTRAINT enrolments_period_check CHECK (left_on >= enrolled_on),
    CONSTRAINT enrolments_end_check CHECK ((status = 'active') = (left_on IS NULL))
) STRICT;
CREATE INDEX enrolments_class_id_idx ON enrolments (class_id, user_id);
CREATE INDEX enrolments_user_id_idx ON enrolments (user_id, enrolled_on, id);
CREATE INDEX enrolments_created_at_idx ON enrolments (created_at, id);

-- The periods of one user in one class never overlap; empty ones (left on the day of enrolment) overlap nothing.
CREATE TRIGGER enrolments_no_overlap_insert BEFORE INSERT ON enrolments
WHEN NEW.left_on IS NULL OR NEW.enrolled_on < NEW.left_on
BEGIN
    SELECT RAISE(ABORT, 'enrolments_no_overlap') FROM enrolments AS other
    WHERE other.class_id = NEW.class_id AND other.user_id = NEW.user_id
        AND (other.left_on IS NULL OR (other.enrolled_on < other.left_on AND NEW.enrolled_on < other.left_on))
        AND (NEW.left_on IS NULL OR other.enrolled_on < NEW.left_on);
END;
CREATE TRIGGER enrolments_no_overlap_update BEFORE UPDATE OF class_id, user_id, enrolled_on, left_on ON enrolments
WHEN NEW.left_on IS NULL OR NEW.enrolled_on < NEW.left_on
BEGIN
    SELECT RAISE(ABORT, 'enrolments_no_overlap') FROM enrolments AS other
    WHERE other.class_id = NEW.class_id AND other.user_id = NEW.user_id AND other.id <> OLD.id
        AND (other.left_on IS NULL OR (other.enrolled_on < other.left_on AND NEW.enrolled_on < other.left_on))
        AND (NEW.left_on IS NULL OR other.enrolled_on < NEW.left_on);
END;

CREATE TABLE attendances (
    id TEXT NOT NULL CONSTRAINT attendances_pkey PRIMARY KEY,
    lecture_id TEXT NOT NULL CONSTRAINT attendances_lecture_id_fkey REFERENCES lectures (id) ON DELETE RESTRICT,
    user_id TEXT NOT NULL CONSTRAINT attendances_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    status TEXT NOT NULL CONSTRAINT attendances_status_check
        CHECK (status IN ('present', 'late', 'early_leave', 'excused', 'absent')),
    detail_type TEXT,
    description TEXT,
    assignment_id TEXT,
    checked_at TEXT,
    source TEXT NOT NULL CONSTRAINT attendances_source_check
        CHECK (source IN ('staff', 'self_check_in', 'import')),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT,
    CONSTRAINT attendances_lecture_id_user_id_key UNIQUE (lecture_id, user_id)
) STRICT;
CREATE INDEX attendances_user_id_idx ON attendances (user_id, lecture_id);
CREATE INDEX attendances_created_at_idx ON attendances (created_at, id);

CREATE TABLE certifications (
    id TEXT NOT NULL CONSTRAINT certifications_pkey PRIMARY KEY,
    course_id TEXT NOT NULL CONSTRAINT certifications_course_id_fkey REFERENCES courses (id) ON DELETE RESTRICT,
    user_id TEXT NOT NULL CONSTRAINT certifications_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    class_ids TEXT NOT NULL,
    issued_at TEXT NOT NULL,
    snapshot TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'issued' CONSTRAINT certifications_state_check
        CHECK (state IN ('issued', 'superseded', 'revoked', 'expired')),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT
) STRICT;
CREATE UNIQUE INDEX certifications_one_issued_key ON certifications (course_id, user_id) WHERE state = 'issued';
CREATE INDEX certifications_course_id_idx ON certifications (course_id, issued_at, id);
CREATE INDEX certifications_user_id_idx ON certifications (user_id, issued_at, id);
CREATE INDEX certifications_issued_at_idx ON certifications (issued_at, id);
CREATE INDEX certifications_created_at_idx ON certifications (created_at, id);

CREATE TABLE audit_log (
    id TEXT NOT NULL CONSTRAINT audit_log_pkey PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT,
    request_id TEXT,
    entity TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    action TEXT NOT NULL CONSTRAINT audit_log_action_check CHECK (action IN ('create', 'update', 'delete')),
    old TEXT,
    new TEXT,
    reason TEXT
) STRICT;
-- Ids are unique over all entities, so the kind of thing needs no place in the index.
CREATE INDEX audit_log_entity_id_idx ON audit_log (entity_id, at, id);
CREATE INDEX audit_log_actor_idx ON audit_log (actor, at, id);
CREATE INDEX audit_log_at_idx ON audit_log (at, id);

CREATE TRIGGER audit_log_append_only_update BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log_append_only');
END;
CREATE TRIGGER audit_log_append_only_delete BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log_append_only');
END;

CREATE TABLE idempotency_keys (
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    holds_until TEXT NOT NULL,
    status INTEGER,
    location TEXT,
    etag TEXT,
    body TEXT,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (principal, key),
    CONSTRAINT idempotency_keys_answer_check CHECK ((status IS NULL) = (body IS NULL))
) STRICT;
CREATE INDEX idempotency_keys_holds_until_idx ON idempotency_keys (holds_until);

CREATE TABLE operations (
    id TEXT NOT NULL CONSTRAINT operations_pkey PRIMARY KEY,
    kind TEXT NOT NULL,
    status TEXT NOT NULL CONSTRAINT operations_status_check
        CHECK (status IN ('queued', 'running', 'succeeded', 'failed')),
    progress INTEGER NOT NULL CONSTRAINT operations_progress_check CHECK (progress BETWEEN 0 AND 100),
    requested_by TEXT,
    result TEXT,
    error TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX operations_unfinished_idx ON operations (status) WHERE status IN ('queued', 'running');

-- The ids point into several tables, so no foreign key can hold them.
CREATE TABLE external_ids (
    source TEXT NOT NULL,
    entity TEXT NOT NULL,
    external_id TEXT NOT NULL,
    id TEXT NOT NULL,
    CONSTRAINT external_ids_pkey PRIMARY KEY (source, entity, external_id)
) STRICT;
