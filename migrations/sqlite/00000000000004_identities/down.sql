DROP INDEX users_email_idx;
DROP TABLE sign_in_flows;
DROP TABLE identities;
