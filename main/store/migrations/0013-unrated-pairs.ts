/**
 * Pairs that no judge has rated: their order follows from who wrote the responses. An earlier migration requires rewards of every pair that
 * a rule made, so they have 1 and 0, which are never read.
 */
export const unratedPairsMigration = `
  ALTER TABLE pairs ADD COLUMN unrated INTEGER NOT NULL DEFAULT 0 CHECK (unrated IN (0, 1)); -- 1: no judge; the rewards mean nothing
  `
