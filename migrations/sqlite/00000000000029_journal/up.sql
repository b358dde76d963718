-- The journal: see migrations/postgres.

CREATE VIEW journal AS SELECT '' AS identities, '' AS batches, '' AS sessions, '' AS refresh_tokens, '' AS audit_log, '' AS events, '' AS jobs, '' AS answers WHERE 0;

CREATE TRIGGER journal_dealt_out INSTEAD OF INSERT ON journal
BEGIN
    INSERT INTO identities (id, user_id, provider, subject, email, email_verified, sealed_token, linked_at, last_used_at)
    SELECT value ->> '$.id', value ->> '$.user_id', value ->> '$.provider', value ->> '$.subject', value ->> '$.email',
        value ->> '$.email_verified', value ->> '$.sealed_token', value ->> '$.linked_at', value ->> '$.last_used_at'
    FROM jsonb_each(jsonb(NEW.identities));
    INSERT INTO attendance_batches (id, lecture_id, entries, made_at, made_by, undone_at, undone_by)
    SELECT value ->> '$.id', value ->> '$.lecture_id', value ->> '$.entries', value ->> '$.made_at', value ->> '$.made_by',
        value ->> '$.undone_at', value ->> '$.undone_by'
    FROM jsonb_each(jsonb(NEW.batches));
    INSERT INTO sessions (id, user_id, user_agent, address, created_at, last_used_at, ends_at, ended_at)
    SELECT value ->> '$.id', value ->> '$.user_id', value ->> '$.user_agent', value ->> '$.address',
        value ->> '$.created_at', value ->> '$.last_used_at', value ->> '$.ends_at', value ->> '$.ended_at'
    FROM jsonb_each(jsonb(NEW.sessions));
    INSERT INTO refresh_tokens (hash, session_id, issued_at, used_at)
    SELECT value ->> '$.hash', value ->> '$.session_id', value ->> '$.issued_at', value ->> '$.used_at'
    FROM jsonb_each(jsonb(NEW.refresh_tokens));
    INSERT INTO audit_log (id, at, actor, request_id, entity, entity_id, action, old, new, reason, after_closing)
    SELECT value ->> '$.id', value ->> '$.at', value ->> '$.actor', value ->> '$.request_id', value ->> '$.entity',
        value ->> '$.entity_id', value ->> '$.action', value ->> '$.old', value ->> '$.new', value ->> '$.reason',
        value ->> '$.after_closing'
    FROM jsonb_each(jsonb(NEW.audit_log));
    INSERT INTO events (id, kind, subject_id, user_id, payload, occurred_at, request_id)
    SELECT value ->> '$.id', value ->> '$.kind', value ->> '$.subject_id', value ->> '$.user_id', value ->> '$.payload',
        value ->> '$.occurred_at', value ->> '$.request_id'
    FROM jsonb_each(jsonb(NEW.events));
    INSERT INTO jobs (id, kind, payload, priority, status, unique_key, order_key, run_at, attempts, max_attempts, leased_by,
        leased_until, last_error, created_at, finished_at, lane)
    SELECT value ->> '$.id', value ->> '$.kind', value ->> '$.payload', value ->> '$.priority', value ->> '$.status',
        value ->> '$.unique_key', value ->> '$.order_key', value ->> '$.run_at', value ->> '$.attempts',
        value ->> '$.max_attempts', value ->> '$.leased_by', value ->> '$.leased_until', value ->> '$.last_error',
        value ->> '$.created_at', value ->> '$.finished_at', value ->> '$.lane'
    FROM jsonb_each(jsonb(NEW.jobs))
    WHERE true ON CONFLICT DO NOTHING;
    -- No claim, or one that somebody else took over and answered: the effect must not happen twice.
    SELECT RAISE(ABORT, 'idempotency_claim_lost')
    FROM jsonb_each(jsonb(NEW.answers))
    WHERE NOT EXISTS (SELECT 1 FROM idempotency_keys AS claimed WHERE claimed.principal = value ->> '$.principal'
        AND claimed.key = value ->> '$.key' AND claimed.status IS NULL);
    UPDATE idempotency_keys
    SET holds_until = given.answer ->> '$.holds_until', status = given.answer ->> '$.status',
        location = given.answer ->> '$.location', etag = given.answer ->> '$.etag', body = given.answer ->> '$.body'
    FROM (SELECT value AS answer FROM jsonb_each(jsonb(NEW.answers))) AS given
    WHERE principal = given.answer ->> '$.principal' AND key = given.answer ->> '$.key';
END;
