-- Edits get a version, for ETags, and lists an index.
-- Both are safe while the program of 0001 still runs: it never names the column, and a constant default is kept in
-- the catalogue, so that no row is rewritten. Building the index holds up writers; on a large table build it first,
-- by hand, with CREATE INDEX CONCURRENTLY, which no transaction may hold.
ALTER TABLE links ADD COLUMN version bigint NOT NULL DEFAULT 1;
CREATE INDEX IF NOT EXISTS links_of_owner ON links (owner, id);
