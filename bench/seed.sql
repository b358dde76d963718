-- 100,000 courses, the same on every run.
INSERT INTO courses (id, title, description, keyword, is_active, version, created_at, updated_at)
SELECT
    md5('course ' || n)::uuid,
    '생활 강좌 ' || n,
    repeat('매주 한 번 모여 배우고 익힙니다. ', 1 + n % 5),
    '취미, 생활',
    n % 10 <> 0,
    1,
    timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second',
    timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second'
FROM generate_series(1, 100000) AS n;
VACUUM ANALYZE courses;
