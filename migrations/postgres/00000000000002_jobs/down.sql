DROP TABLE jobs;
DROP FUNCTION jobs_notify();
DROP TABLE events;
