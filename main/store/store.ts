import type { Database } from 'better-sqlite3'
import { answersTable } from './answers.ts'
import { arenaTable } from './arena.ts'
import { candidatesTable } from './candidates.ts'
import { comparisonsTable } from './comparisons.ts'
import { openDatabase, openForReading } from './connection.ts'
import { countsTable } from './counts.ts'
import { databaseFile } from './database-file.ts'
import { evaluationsTable } from './evaluations.ts'
import { eventsTable } from './events.ts'
import { examplesTable } from './examples.ts'
import { judgementsTable } from './judgements.ts'
import { locksTable } from './locks.ts'
import { maintenance } from './maintenance.ts'
import { metricsTable } from './metrics.ts'
import { modelsTable } from './models.ts'
import { overviews } from './overviews.ts'
import { pairsTable } from './pairs.ts'
import { promptsTable } from './prompts.ts'
import { removalOf } from './removal.ts'
import { rescoresTable } from './rescores.ts'
import { reviewActsTable } from './review-acts.ts'
import { reviewBatchesTable } from './review-batches.ts'
import { reviewNotesTable } from './review-notes.ts'
import { reviewQueue } from './review-queue.ts'
import { reviewsTable } from './reviews.ts'
import { rewardsTable } from './rewards.ts'
import { runsTable } from './runs.ts'
import { stageRowsTable } from './stage-rows.ts'
import { stagesTable } from './stages.ts'
import { suitesTable } from './suites.ts'
import { trainingPairsTable } from './training-pairs.ts'
import { trainingsTable } from './trainings.ts'

/** The store, one noun per table. */
export type Store = ReturnType<typeof storeOn>

/** Opens (or creates) the store in the file at `path`. Throws like `openDatabase`. */
export const openStore = (path: string): Store => storeOn(openDatabase(path))

/** A read-only store for another thread; writes throw. The store must have been opened before. */
export const openStoreForReading = (path: string): Store => storeOn(openForReading(path))

/** The store on an open, migrated database. */
export function storeOn(db: Database) {
  return {
    runs: runsTable(db),
    locks: locksTable(db),
    stages: stagesTable(db),
    events: eventsTable(db),
    models: modelsTable(db),
    examples: examplesTable(db),
    prompts: promptsTable(db),
    candidates: candidatesTable(db),
    answers: answersTable(db),
    judgements: judgementsTable(db),
    pairs: pairsTable(db),
    reviews: reviewsTable(db),
    rescores: rescoresTable(db),
    reviewNotes: reviewNotesTable(db),
    reviewActs: reviewActsTable(db),
    reviewBatches: reviewBatchesTable(db),
    reviewQueue: reviewQueue(db),
    trainings: trainingsTable(db),
    trainingPairs: trainingPairsTable(db),
    metrics: metricsTable(db),
    rewards: rewardsTable(db),
    counts: countsTable(db),
    stageRows: stageRowsTable(db),
    comparisons: comparisonsTable(db),
    evaluations: evaluationsTable(db),
    suites: suitesTable(db),
    arena: arenaTable(db),
    overviews: overviews(db),
    maintenance: maintenance(db),
    removal: removalOf(db),
    file: databaseFile(db.name),
    /** Stores everything that `work` writes, or nothing. */
    transaction: <Value>(work: () => Value): Value => db.transaction(work).immediate(),
    isOpen: (): boolean => db.open,
    close: (): void => void db.close(),
  }
}
