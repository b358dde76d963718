DROP VIEW journal;
DROP FUNCTION journal_dealt_out();
