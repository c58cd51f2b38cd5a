/**
 * How many rows of each kind an iteration has: counting millions at every look at a run would take seconds. Triggers keep the counts. Rows
 * that are deleted with what they belong to are subtracted with it, since their own triggers can no longer find their iteration.
 */
export const iterationCountsMigration = `
  CREATE TABLE iteration_counts (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    iteration INTEGER NOT NULL,
    accepted INTEGER NOT NULL DEFAULT 0,    -- prompts
    rejected INTEGER NOT NULL DEFAULT 0,
    candidates INTEGER NOT NULL DEFAULT 0,
    judgements INTEGER NOT NULL DEFAULT 0,  -- of candidates, those that set the reward
    unreadable INTEGER NOT NULL DEFAULT 0,  -- of these
    pairs INTEGER NOT NULL DEFAULT 0,       -- by the recipe's rule
    paired INTEGER NOT NULL DEFAULT 0,      -- prompts with such a pair: the first of each has place 0
    PRIMARY KEY (run_id, iteration)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO iteration_counts (run_id, iteration, accepted, rejected)
    SELECT run_id, iteration, count(position), count(*) - count(position) FROM prompts GROUP BY run_id, iteration;
  UPDATE iteration_counts SET candidates = n FROM (
    SELECT p.run_id, p.iteration, count(*) AS n FROM prompts p JOIN candidates c ON c.prompt_id = p.id GROUP BY 1, 2
  ) k WHERE k.run_id = iteration_counts.run_id AND k.iteration = iteration_counts.iteration;
  UPDATE iteration_counts SET judgements = n, unreadable = bad FROM (
    SELECT p.run_id, p.iteration, count(*) AS n, count(*) - count(j.score) AS bad
    FROM prompts p JOIN candidates c ON c.prompt_id = p.id JOIN judgements j ON j.candidate_id = c.id GROUP BY 1, 2
  ) k WHERE k.run_id = iteration_counts.run_id AND k.iteration = iteration_counts.iteration;
  UPDATE iteration_counts SET pairs = n, paired = first FROM (
    SELECT p.run_id, p.iteration, count(*) AS n, count(iif(x.place = 0, 1, NULL)) AS first FROM prompts p JOIN pairs x ON x.prompt_id = p.id WHERE x.made_by = 'judge' GROUP BY 1, 2
  ) k WHERE k.run_id = iteration_counts.run_id AND k.iteration = iteration_counts.iteration;

  CREATE TRIGGER prompts_counted AFTER INSERT ON prompts BEGIN
    INSERT OR IGNORE INTO iteration_counts (run_id, iteration) VALUES (new.run_id, new.iteration);
    UPDATE iteration_counts SET accepted = accepted + (new.position IS NOT NULL), rejected = rejected + (new.position IS NULL)
      WHERE run_id = new.run_id AND iteration = new.iteration;
  END;
  CREATE TRIGGER candidates_counted AFTER INSERT ON candidates BEGIN
    UPDATE iteration_counts SET candidates = candidates + 1
      WHERE (run_id, iteration) = (SELECT run_id, iteration FROM prompts WHERE id = new.prompt_id);
  END;
  CREATE TRIGGER judgements_counted AFTER INSERT ON judgements WHEN new.candidate_id IS NOT NULL BEGIN
    UPDATE iteration_counts SET judgements = judgements + 1, unreadable = unreadable + (new.score IS NULL)
      WHERE (run_id, iteration) = (SELECT p.run_id, p.iteration FROM candidates c JOIN prompts p ON p.id = c.prompt_id WHERE c.id = new.candidate_id);
  END;
  CREATE TRIGGER pairs_counted AFTER INSERT ON pairs WHEN new.made_by = 'judge' BEGIN
    UPDATE iteration_counts SET pairs = pairs + 1, paired = paired + (new.place = 0)
      WHERE (run_id, iteration) = (SELECT run_id, iteration FROM prompts WHERE id = new.prompt_id);
  END;

  CREATE TRIGGER prompts_uncounted BEFORE DELETE ON prompts BEGIN
    UPDATE iteration_counts SET accepted = accepted - (old.position IS NOT NULL), rejected = rejected - (old.position IS NULL),
        candidates = candidates - (SELECT count(*) FROM candidates WHERE prompt_id = old.id),
        judgements = judgements - (SELECT count(*) FROM candidates c JOIN judgements j ON j.candidate_id = c.id WHERE c.prompt_id = old.id),
        unreadable = unreadable - (SELECT count(*) FROM candidates c JOIN judgements j ON j.candidate_id = c.id WHERE c.prompt_id = old.id AND j.score IS NULL),
        pairs = pairs - (SELECT count(*) FROM pairs WHERE prompt_id = old.id AND made_by = 'judge'),
        paired = paired - (SELECT count(*) FROM pairs WHERE prompt_id = old.id AND made_by = 'judge' AND place = 0)
      WHERE run_id = old.run_id AND iteration = old.iteration;
  END;
  CREATE TRIGGER candidates_uncounted BEFORE DELETE ON candidates BEGIN
    UPDATE iteration_counts SET candidates = candidates - 1,
        judgements = judgements - (SELECT count(*) FROM judgements WHERE candidate_id = old.id),
        unreadable = unreadable - (SELECT count(*) FROM judgements WHERE candidate_id = old.id AND score IS NULL)
      WHERE (run_id, iteration) = (SELECT run_id, iteration FROM prompts WHERE id = old.prompt_id);
  END;
  CREATE TRIGGER judgements_uncounted BEFORE DELETE ON judgements WHEN old.candidate_id IS NOT NULL BEGIN
    UPDATE iteration_counts SET judgements = judgements - 1, unreadable = unreadable - (old.score IS NULL)
      WHERE (run_id, iteration) = (SELECT p.run_id, p.iteration FROM candidates c JOIN prompts p ON p.id = c.prompt_id WHERE c.id = old.candidate_id);
  END;
  CREATE TRIGGER pairs_uncounted BEFORE DELETE ON pairs WHEN old.made_by = 'judge' BEGIN
    UPDATE iteration_counts SET pairs = pairs - 1, paired = paired - (old.place = 0)
      WHERE (run_id, iteration) = (SELECT run_id, iteration FROM prompts WHERE id = old.prompt_id);
  END;
  `
