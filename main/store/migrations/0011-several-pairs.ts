/**
 * A rule may make several pairs of one prompt, and M0 may answer an iteration's prompts too. Judgements by another judge than the one that
 * rewards have their own table, so that no reward ever contains them.
 *
 * Rebuilds `remade_pairs`, which had one row per prompt. Its rows become the first ones of their prompts.
 */
export const severalPairsMigration = `
  ALTER TABLE candidates ADD COLUMN model TEXT; -- who wrote it; NULL: the iteration's own model

  ALTER TABLE pairs ADD COLUMN place INTEGER NOT NULL DEFAULT 0; -- among the pairs that the rule makes of the prompt
  DROP INDEX pair_of_judge;
  CREATE UNIQUE INDEX pair_of_judge ON pairs (prompt_id, place) WHERE made_by = 'judge';

  CREATE TABLE remade_pairs_in_order (  -- of each prompt that a user rescored: the pairs that the current rewards make
    prompt_id INTEGER NOT NULL REFERENCES prompts (id) ON DELETE CASCADE,
    place INTEGER NOT NULL DEFAULT 0,   -- among the prompt's pairs
    pair_id INTEGER REFERENCES pairs (id) ON DELETE CASCADE, -- NULL: they make none, and this is the prompt's only row
    reversed INTEGER NOT NULL CHECK (reversed IN (0, 1)), -- the pair's rejected response now has the larger reward
    PRIMARY KEY (prompt_id, place)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO remade_pairs_in_order (prompt_id, pair_id, reversed) SELECT prompt_id, pair_id, reversed FROM remade_pairs;
  DROP TABLE remade_pairs;
  ALTER TABLE remade_pairs_in_order RENAME TO remade_pairs;
  CREATE INDEX remade_pairs_of_pair ON remade_pairs (pair_id);

  CREATE TABLE second_judgements (      -- of candidates; they set no reward
    id INTEGER PRIMARY KEY,
    candidate_id INTEGER NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,              -- 'consistency': by the model of the iteration before; 'agreement': the implicit reward
    judge TEXT NOT NULL,                -- the judging model's name
    sample INTEGER NOT NULL,
    text TEXT NOT NULL,                 -- all that the judge wrote
    score REAL,                         -- NULL: could not be read
    detail TEXT,                        -- JSON: probabilities behind the score
    UNIQUE (candidate_id, purpose, sample)
  ) STRICT;
  `
