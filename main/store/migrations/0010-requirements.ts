/** A prompt may carry a checklist: what a response to it must do. */
export const requirementsMigration = `
  ALTER TABLE prompts ADD COLUMN requirements TEXT NOT NULL DEFAULT '[]'; -- JSON [{text, weight, check: {id, args} or null}]
  `
