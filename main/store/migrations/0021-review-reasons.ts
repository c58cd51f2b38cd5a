/** Why users decided on pairs as they did. */
export const reviewReasonsMigration = `
  ALTER TABLE reviews ADD COLUMN reasons TEXT NOT NULL DEFAULT '[]'; -- JSON: names of reasons
  ALTER TABLE reviews ADD COLUMN comment TEXT NOT NULL DEFAULT '';   -- the reason in the user's words
  `
