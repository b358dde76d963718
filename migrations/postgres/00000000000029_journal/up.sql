-- The journal: what a unit of work adds and does not look at again, written in one statement when it is committed.
--
-- Whoever changes something appends to the audit log, tells events, keeps jobs and, for a request with a key, its answer; a sign-in starts a
-- session, a bulk request can be undone. A row that is written into this view, which never holds any, carries them all as JSON arrays and is dealt out to the tables.

CREATE VIEW journal AS SELECT ''::text AS identities, ''::text AS batches, ''::text AS sessions, ''::text AS refresh_tokens, ''::text AS audit_log, ''::text AS events,
    ''::text AS jobs, ''::text AS answers WHERE false;

CREATE FUNCTION journal_dealt_out() RETURNS trigger LANGUAGE plpgsql AS
$$DECLARE
    answered bigint;
BEGIN
    IF NEW.identities <> '[]' THEN
        INSERT INTO identities (id, user_id, provider, subject, email, email_verified, sealed_token, linked_at, last_used_at)
        SELECT given.id, given.user_id, given.provider, given.subject, given.email, given.email_verified,
            given.sealed_token, given.linked_at, given.last_used_at
        FROM json_populate_recordset(NULL::identities, NEW.identities::json) AS given;
    END IF;
    IF NEW.batches <> '[]' THEN
        INSERT INTO attendance_batches (id, lecture_id, entries, made_at, made_by, undone_at, undone_by)
        SELECT given.id, given.lecture_id, given.entries, given.made_at, given.made_by, given.undone_at, given.undone_by
        FROM json_populate_recordset(NULL::attendance_batches, NEW.batches::json) AS given;
    END IF;
    IF NEW.sessions <> '[]' THEN
        INSERT INTO sessions (id, user_id, user_agent, address, created_at, last_used_at, ends_at, ended_at)
        SELECT given.id, given.user_id, given.user_agent, given.address, given.created_at, given.last_used_at,
            given.ends_at, given.ended_at
        FROM json_populate_recordset(NULL::sessions, NEW.sessions::json) AS given;
    END IF;
    IF NEW.refresh_tokens <> '[]' THEN
        INSERT INTO refresh_tokens (hash, session_id, issued_at, used_at)
        SELECT given.hash, given.session_id, given.issued_at, given.used_at
        FROM json_populate_recordset(NULL::refresh_tokens, NEW.refresh_tokens::json) AS given;
    END IF;
    IF NEW.audit_log <> '[]' THEN
        INSERT INTO audit_log (id, at, actor, request_id, entity, entity_id, action, old, new, reason, after_closing)
        SELECT given.id, given.at, given.actor, given.request_id, given.entity, given.entity_id, given.action, given.old,
            given.new, given.reason, given.after_closing
        FROM json_populate_recordset(NULL::audit_log, NEW.audit_log::json) AS given;
    END IF;
    IF NEW.events <> '[]' THEN
        INSERT INTO events (id, kind, subject_id, user_id, payload, occurred_at, request_id)
        SELECT given.id, given.kind, given.subject_id, given.user_id, given.payload, given.occurred_at, given.request_id
        FROM json_populate_recordset(NULL::events, NEW.events::json) AS given;
    END IF;
    IF NEW.jobs <> '[]' THEN
        INSERT INTO jobs (id, kind, payload, priority, status, unique_key, order_key, run_at, attempts, max_attempts, leased_by,
            leased_until, last_error, created_at, finished_at, lane)
        SELECT given.id, given.kind, given.payload, given.priority, given.status, given.unique_key, given.order_key,
            given.run_at, given.attempts, given.max_attempts, given.leased_by, given.leased_until, given.last_error,
            given.created_at, given.finished_at, given.lane
        FROM json_populate_recordset(NULL::jobs, NEW.jobs::json) AS given
        ON CONFLICT DO NOTHING;
    END IF;
    IF NEW.answers <> '[]' THEN
        UPDATE idempotency_keys
        SET holds_until = given.holds_until, status = given.status, location = given.location, etag = given.etag, body = given.body
        FROM json_populate_recordset(NULL::idempotency_keys, NEW.answers::json) AS given
        WHERE idempotency_keys.principal = given.principal AND idempotency_keys.key = given.key AND idempotency_keys.status IS NULL;
        GET DIAGNOSTICS answered = ROW_COUNT;
        -- No claim, or one that somebody else took over and answered: the effect must not happen twice.
        IF answered <> json_array_length(NEW.answers::json) THEN
            RAISE EXCEPTION 'idempotency_claim_lost';
        END IF;
    END IF;
    RETURN NEW;
END$$;
CREATE TRIGGER journal_dealt_out INSTEAD OF INSERT ON journal FOR EACH ROW EXECUTE FUNCTION journal_dealt_out();
