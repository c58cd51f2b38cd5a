/**
 * Users' review actions, stored so that they can be undone and redone in order, even after a reload. Rows written by undo and redo refer to
 * the row that they restore, which keeps its original reviewer. Earlier decisions that still count become actions.
 */
export const reviewActsMigration = `
  CREATE TABLE review_acts (            -- append-only: undoing and redoing are acts too
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    prompt_id INTEGER REFERENCES prompts (id) ON DELETE CASCADE, -- NULL: a batch
    batch_id INTEGER REFERENCES review_batches (id) ON DELETE CASCADE, -- the batch that it made
    kind TEXT NOT NULL CHECK (kind IN ('decision', 'rescore', 'note', 'batch')),
    undoes INTEGER REFERENCES review_acts (id) ON DELETE CASCADE,
    redoes INTEGER REFERENCES review_acts (id) ON DELETE CASCADE,
    reviewer TEXT NOT NULL DEFAULT '',
    at TEXT NOT NULL,
    CHECK (undoes IS NULL OR redoes IS NULL)
  ) STRICT;
  CREATE INDEX review_acts_of_run ON review_acts (run_id, id);
  CREATE INDEX review_acts_of_prompt ON review_acts (prompt_id) WHERE prompt_id IS NOT NULL;
  CREATE INDEX review_acts_of_batch ON review_acts (batch_id) WHERE batch_id IS NOT NULL;
  CREATE INDEX review_acts_undone ON review_acts (undoes) WHERE undoes IS NOT NULL;
  CREATE INDEX review_acts_redone ON review_acts (redoes) WHERE redoes IS NOT NULL;
  CREATE TRIGGER review_acts_stay BEFORE UPDATE ON review_acts BEGIN SELECT RAISE(ABORT, 'acts are append-only'); END;

  ALTER TABLE reviews ADD COLUMN act_id INTEGER REFERENCES review_acts (id) ON DELETE CASCADE;
  ALTER TABLE reviews ADD COLUMN restores INTEGER REFERENCES reviews (id) ON DELETE CASCADE;
  ALTER TABLE rescores ADD COLUMN act_id INTEGER REFERENCES review_acts (id) ON DELETE CASCADE;
  ALTER TABLE rescores ADD COLUMN restores INTEGER REFERENCES rescores (id) ON DELETE CASCADE;
  ALTER TABLE review_notes ADD COLUMN act_id INTEGER REFERENCES review_acts (id) ON DELETE CASCADE;
  ALTER TABLE review_notes ADD COLUMN restores INTEGER REFERENCES review_notes (id) ON DELETE CASCADE;

  CREATE TABLE past_acts AS
    SELECT row_number() OVER (ORDER BY at, kind, row_id) AS id, * FROM (
      SELECT p.run_id, x.prompt_id, NULL AS batch_id, 'decision' AS kind, v.id AS row_id, v.reviewer, v.at
        FROM reviews v JOIN pairs x ON x.id = v.pair_id JOIN prompts p ON p.id = x.prompt_id
        WHERE v.batch_id IS NULL AND v.decision <> 'undo' AND v.id = (SELECT max(id) FROM reviews WHERE pair_id = v.pair_id)
      UNION ALL SELECT p.run_id, c.prompt_id, NULL, 'rescore', s.id, s.reviewer, s.at
        FROM rescores s JOIN candidates c ON c.id = s.candidate_id JOIN prompts p ON p.id = c.prompt_id
        WHERE s.reward IS NOT NULL AND s.id = (SELECT max(id) FROM rescores WHERE candidate_id = s.candidate_id)
      UNION ALL SELECT p.run_id, n.prompt_id, NULL, 'note', n.id, n.reviewer, n.at
        FROM review_notes n JOIN prompts p ON p.id = n.prompt_id
        WHERE n.text <> '' AND n.id = (SELECT max(id) FROM review_notes WHERE prompt_id = n.prompt_id)
      UNION ALL SELECT b.run_id, NULL, b.id, 'batch', b.id, coalesce((SELECT reviewer FROM reviews WHERE batch_id = b.id ORDER BY id LIMIT 1), ''), b.at
        FROM review_batches b WHERE b.undoes IS NULL AND NOT EXISTS (SELECT 1 FROM review_batches u WHERE u.undoes = b.id));
  CREATE INDEX past_acts_by_row ON past_acts (kind, row_id);
  INSERT INTO review_acts (id, run_id, prompt_id, batch_id, kind, reviewer, at) SELECT id, run_id, prompt_id, batch_id, kind, reviewer, at FROM past_acts;

  DROP TRIGGER reviews_stay;
  DROP TRIGGER rescores_stay;
  DROP TRIGGER review_notes_stay;
  UPDATE reviews SET act_id = (SELECT id FROM past_acts WHERE kind = 'decision' AND row_id = reviews.id) WHERE batch_id IS NULL;
  UPDATE reviews SET act_id = (SELECT id FROM past_acts WHERE kind = 'batch' AND row_id = reviews.batch_id)
    WHERE batch_id IS NOT NULL AND id = (SELECT min(v.id) FROM reviews v WHERE v.batch_id = reviews.batch_id AND v.pair_id = reviews.pair_id);
  UPDATE rescores SET act_id = (SELECT id FROM past_acts WHERE kind = 'rescore' AND row_id = rescores.id);
  UPDATE review_notes SET act_id = (SELECT id FROM past_acts WHERE kind = 'note' AND row_id = review_notes.id);
  DROP TABLE past_acts;
  CREATE TRIGGER reviews_stay BEFORE UPDATE ON reviews BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END;
  CREATE TRIGGER rescores_stay BEFORE UPDATE ON rescores BEGIN SELECT RAISE(ABORT, 'rescores are append-only'); END;
  CREATE TRIGGER review_notes_stay BEFORE UPDATE ON review_notes BEGIN SELECT RAISE(ABORT, 'notes are append-only'); END;

  CREATE INDEX reviews_of_act ON reviews (act_id) WHERE act_id IS NOT NULL;
  CREATE INDEX reviews_restored ON reviews (restores) WHERE restores IS NOT NULL;
  CREATE INDEX rescores_of_act ON rescores (act_id) WHERE act_id IS NOT NULL;
  CREATE INDEX rescores_restored ON rescores (restores) WHERE restores IS NOT NULL;
  CREATE INDEX review_notes_of_act ON review_notes (act_id) WHERE act_id IS NOT NULL;
  CREATE INDEX review_notes_restored ON review_notes (restores) WHERE restores IS NOT NULL;
`
