DROP TRIGGER audit_log_tell_webhooks ON audit_log;
DROP FUNCTION audit_log_tell_webhooks;
DROP TRIGGER events_tell_webhooks ON events;
DROP FUNCTION events_tell_webhooks;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_endpoints;
