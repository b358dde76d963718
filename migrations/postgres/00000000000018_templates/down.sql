DROP TABLE issuer_keys;
DROP TABLE certificate_templates;
