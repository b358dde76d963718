DROP VIEW journal;
