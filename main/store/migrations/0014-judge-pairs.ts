/** What the model says of its own judgements, and the preference pairs of judgements that follow from it. */
export const judgePairsMigration = `
  CREATE TABLE judgement_comparisons (  -- of two judgements of one response, by the model that wrote them
    id INTEGER PRIMARY KEY,
    candidate_id INTEGER NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    first INTEGER NOT NULL,             -- the judgements' numbers among the response's, in the order shown
    second INTEGER NOT NULL,
    lead REAL NOT NULL,                 -- log p(the first is better) - log p(the second is better)
    UNIQUE (candidate_id, first, second)
  ) STRICT;

  CREATE TABLE judge_pairs (
    id INTEGER PRIMARY KEY,
    candidate_id INTEGER NOT NULL UNIQUE REFERENCES candidates (id) ON DELETE CASCADE,
    prompt TEXT NOT NULL,               -- the filled judge prompt
    chosen TEXT NOT NULL,               -- the best judgement, in full
    rejected TEXT NOT NULL,
    chosen_elo REAL NOT NULL,
    rejected_elo REAL NOT NULL
  ) STRICT;
  `
