/** Why users voted in the arena as they did. */
export const arenaReasonsMigration = `
  ALTER TABLE arena_votes ADD COLUMN reasons TEXT NOT NULL DEFAULT '[]'; -- JSON: names of reasons
  ALTER TABLE arena_votes ADD COLUMN comment TEXT NOT NULL DEFAULT '';   -- the reason in the user's words
  `
