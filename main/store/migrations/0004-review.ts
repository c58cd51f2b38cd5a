/**
 * The schema for human review: several pairs per prompt (one by the judge, others from users' scores), how each decision was made, scores
 * by hand, notes, bulk decisions, and the pairs that each training really used. See `migrations.ts`.
 *
 * Rebuilds pairs and reviews, since a column's constraint can't be changed in place; keeps every row and id. Moves reviews first, so that
 * nothing refers to pairs when they are dropped and no cascade occurs.
 */
export const reviewMigration = `
  CREATE TABLE pairs_by_anyone (        -- a row is never changed; which pair of a prompt counts follows from the rewards (remade_pairs)
    id INTEGER PRIMARY KEY,
    prompt_id INTEGER NOT NULL REFERENCES prompts (id) ON DELETE CASCADE,
    chosen_id INTEGER NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    rejected_id INTEGER NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    chosen_reward REAL,                 -- by the judge; NULL: it could not be read
    rejected_reward REAL,
    chosen_variance REAL NOT NULL,      -- of that reward, as the mean of its judgements; 0 where fewer than two could be read
    rejected_variance REAL NOT NULL,
    made_by TEXT NOT NULL CHECK (made_by IN ('judge', 'person')), -- whose rewards made it
    CHECK (chosen_id <> rejected_id),
    CHECK (made_by = 'person' OR (chosen_reward IS NOT NULL AND rejected_reward IS NOT NULL))
  ) STRICT;
  WITH spread AS (
    SELECT candidate_id, coalesce(max(0, (avg(score * score) - avg(score) * avg(score)) / (count(score) - 1)), 0) AS variance
    FROM judgements WHERE candidate_id IS NOT NULL GROUP BY candidate_id
  )
  INSERT INTO pairs_by_anyone
    SELECT x.id, x.prompt_id, x.chosen_id, x.rejected_id, x.chosen_reward, x.rejected_reward, coalesce(w.variance, 0), coalesce(l.variance, 0), 'judge'
    FROM pairs x LEFT JOIN spread w ON w.candidate_id = x.chosen_id LEFT JOIN spread l ON l.candidate_id = x.rejected_id;

  CREATE TABLE review_batches (         -- decisions made at once on many pairs
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    decision TEXT NOT NULL,
    undoes INTEGER UNIQUE REFERENCES review_batches (id) ON DELETE CASCADE, -- the batch that this one takes back
    at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX review_batches_of_run ON review_batches (run_id, id);

  CREATE TABLE reviews_of_anyone (      -- append-only: the newest row of a pair counts, an undo is a row too
    id INTEGER PRIMARY KEY,
    pair_id INTEGER NOT NULL REFERENCES pairs_by_anyone (id) ON DELETE CASCADE,
    decision TEXT NOT NULL CHECK (decision IN ('agree', 'swap', 'tie', 'both-bad', 'edit', 'undo')),
    chosen_text TEXT,                   -- decision 'edit'
    rejected_text TEXT,
    reversed INTEGER NOT NULL DEFAULT 0 CHECK (reversed IN (0, 1)), -- 'edit': the pair's rejected response is the better one
    note TEXT NOT NULL DEFAULT '',
    reviewer TEXT NOT NULL DEFAULT '',
    seconds REAL,
    blind INTEGER NOT NULL DEFAULT 0 CHECK (blind IN (0, 1)), -- the person did not see what the judge had said
    batch_id INTEGER REFERENCES review_batches (id) ON DELETE CASCADE,
    at TEXT NOT NULL
  ) STRICT;
  INSERT INTO reviews_of_anyone (id, pair_id, decision, chosen_text, rejected_text, note, reviewer, seconds, at)
    SELECT id, pair_id, decision, chosen_text, rejected_text, note, reviewer, seconds, at FROM reviews;

  DROP TABLE reviews;
  DROP TABLE pairs;
  ALTER TABLE pairs_by_anyone RENAME TO pairs;
  ALTER TABLE reviews_of_anyone RENAME TO reviews;
  CREATE UNIQUE INDEX pair_of_judge ON pairs (prompt_id) WHERE made_by = 'judge';
  CREATE UNIQUE INDEX pair_of_candidates ON pairs (min(chosen_id, rejected_id), max(chosen_id, rejected_id));
  CREATE INDEX pairs_of_prompt ON pairs (prompt_id);
  CREATE INDEX pairs_of_chosen ON pairs (chosen_id);
  CREATE INDEX pairs_of_rejected ON pairs (rejected_id);
  CREATE INDEX reviews_of_pair ON reviews (pair_id, id);
  CREATE INDEX reviews_of_batch ON reviews (batch_id) WHERE batch_id IS NOT NULL;
  CREATE TRIGGER reviews_stay BEFORE UPDATE ON reviews BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END;

  CREATE TABLE rescores (               -- rewards set by a person; append-only: the newest row of a candidate counts
    id INTEGER PRIMARY KEY,
    candidate_id INTEGER NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    reward REAL CHECK (reward BETWEEN 0 AND 5), -- NULL: taken back
    reviewer TEXT NOT NULL DEFAULT '',
    at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX rescores_of_candidate ON rescores (candidate_id, id);
  CREATE TRIGGER rescores_stay BEFORE UPDATE ON rescores BEGIN SELECT RAISE(ABORT, 'rescores are append-only'); END;

  CREATE TABLE remade_pairs (           -- of each prompt that a person rescored: the pair that the rewards as they stand make
    prompt_id INTEGER PRIMARY KEY REFERENCES prompts (id) ON DELETE CASCADE,
    pair_id INTEGER REFERENCES pairs (id) ON DELETE CASCADE, -- NULL: they make none
    reversed INTEGER NOT NULL CHECK (reversed IN (0, 1)) -- the pair's rejected response now has the larger reward
  ) STRICT;
  CREATE INDEX remade_pairs_of_pair ON remade_pairs (pair_id);

  CREATE TABLE review_notes (           -- append-only: the newest row of a prompt counts, an empty text takes it away
    id INTEGER PRIMARY KEY,
    prompt_id INTEGER NOT NULL REFERENCES prompts (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    reviewer TEXT NOT NULL DEFAULT '',
    at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX review_notes_of_prompt ON review_notes (prompt_id, id);
  CREATE TRIGGER review_notes_stay BEFORE UPDATE ON review_notes BEGIN SELECT RAISE(ABORT, 'notes are append-only'); END;

  CREATE TABLE training_pairs (         -- what a preference training was begun with: reviews given later do not reach it
    training_id INTEGER NOT NULL REFERENCES trainings (id) ON DELETE CASCADE,
    pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
    row INTEGER,                        -- its place among the rows; NULL: a person left it out
    reversed INTEGER NOT NULL CHECK (reversed IN (0, 1)), -- without a review: the pair's rejected response is trained on as the chosen one
    review_id INTEGER REFERENCES reviews (id) ON DELETE CASCADE, -- the decision that counted
    because TEXT NOT NULL,              -- 'judge', 'rescore' or the decision
    PRIMARY KEY (training_id, pair_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX training_pairs_of_pair ON training_pairs (pair_id);
  CREATE INDEX training_pairs_of_review ON training_pairs (review_id);
`
