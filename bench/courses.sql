-- The table that the bare server reads, where madang's own migrations have not made it.
CREATE TABLE IF NOT EXISTS courses (
    id uuid PRIMARY KEY,
    title text NOT NULL,
    description text,
    keyword text,
    is_active bool NOT NULL,
    version int NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid
);
CREATE INDEX IF NOT EXISTS courses_created_at_id ON courses (created_at, id);
