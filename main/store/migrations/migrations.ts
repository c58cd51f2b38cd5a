import { runsMigration } from './0001-runs.ts'
import { suitesMigration } from './0002-suites.ts'
import { endEarlyMigration } from './0003-end-early.ts'
import { reviewMigration } from './0004-review.ts'
import { intentMigration } from './0005-intent.ts'
import { reviewActsMigration } from './0006-review-acts.ts'
import { filesStampMigration } from './0007-files-stamp.ts'
import { oneEvaluationMigration } from './0008-one-evaluation.ts'
import { jobsMigration } from './0009-jobs.ts'
import { requirementsMigration } from './0010-requirements.ts'
import { severalPairsMigration } from './0011-several-pairs.ts'
import { rescoredPartsMigration } from './0012-rescored-parts.ts'
import { unratedPairsMigration } from './0013-unrated-pairs.ts'
import { judgePairsMigration } from './0014-judge-pairs.ts'
import { rewardTrainingsMigration } from './0015-reward-trainings.ts'
import { enginesMigration } from './0016-engines.ts'
import { managingRunsMigration } from './0017-managing-runs.ts'
import { responseSearchMigration } from './0018-response-search.ts'
import { openRoundsMigration } from './0019-open-rounds.ts'
import { chatsMigration } from './0020-chats.ts'
import { reviewReasonsMigration } from './0021-review-reasons.ts'
import { engineUseMigration } from './0022-engine-use.ts'
import { iterationCountsMigration } from './0023-iteration-counts.ts'
import { arenaReasonsMigration } from './0024-arena-reasons.ts'
import { arenaUseMigration } from './0025-arena-use.ts'

/**
 * The schema as an ordered list of migrations. A released migration is never edited; append a new one instead.
 *
 * Every unit of work (a prompt, a candidate, a judgement, an optimizer step, a verdict) is a row with a UNIQUE key derived from the recipe,
 * so that repeating a unit can't create a second row. Each table's own file parses its JSON columns.
 */
export const migrations: readonly string[] = [
  runsMigration,
  suitesMigration,
  endEarlyMigration,
  reviewMigration,
  intentMigration,
  reviewActsMigration,
  filesStampMigration,
  oneEvaluationMigration,
  jobsMigration,
  requirementsMigration,
  severalPairsMigration,
  rescoredPartsMigration,
  unratedPairsMigration,
  judgePairsMigration,
  rewardTrainingsMigration,
  enginesMigration,
  managingRunsMigration,
  responseSearchMigration,
  openRoundsMigration,
  chatsMigration,
  reviewReasonsMigration,
  engineUseMigration,
  iterationCountsMigration,
  arenaReasonsMigration,
  arenaUseMigration,
]
