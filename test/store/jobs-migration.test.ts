import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jobsMigration } from '../../main/store/migrations/0009-jobs.ts'
import { migrate } from '../../main/store/migrations/migrate.ts'
import { migrations } from '../../main/store/migrations/migrations.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { evaluationJob } from '../../main/store/tables/jobs-table.ts'

/** Runs and evaluations of schema 8 in each state, and the jobs that become of them. */
describe('a database from before jobs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  const path = join(folder, 'laurel.db')
  let store: Store
  beforeAll(() => {
    const old = new Sqlite(path)
    migrate(old, path, migrations.slice(0, migrations.indexOf(jobsMigration)))
    const error = JSON.stringify({ code: 'DISK_FULL', message: 'full', remedy: 'Free disk space.' })
    old.exec(`
      INSERT INTO runs (id, name, status, stage, recipe, error, wanted, queued_at, end_requested_at, created_at, finished_at) VALUES
        ('r-created', 'x', 'created', NULL, '{}', NULL, NULL, NULL, NULL, '2026-01-01', NULL),
        ('r-queued', 'x', 'created', NULL, '{}', NULL, 'work', '2026-02-02', NULL, '2026-01-01', NULL),
        ('r-killed', 'x', 'running', 'candidates', '{}', NULL, 'work', NULL, NULL, '2026-01-01', NULL),
        ('r-pausing', 'x', 'running', 'candidates', '{}', NULL, 'pause', NULL, NULL, '2026-01-01', NULL),
        ('r-ending', 'x', 'running', 'train', '{}', NULL, 'work', NULL, '2026-02-02', '2026-01-01', NULL),
        ('r-paused', 'x', 'stopped', 'candidates', '{}', NULL, 'pause', NULL, NULL, '2026-01-01', NULL),
        ('r-waiting', 'x', 'waiting', 'review', '{}', NULL, 'work', NULL, NULL, '2026-01-01', NULL),
        ('r-failed', 'x', 'failed', 'train', '{}', '${error}', 'work', NULL, NULL, '2026-01-01', NULL),
        ('r-finished', 'x', 'finished', 'evaluate', '{}', NULL, 'work', NULL, NULL, '2026-01-01', '2026-03-03'),
        ('r-early', 'x', 'finished', 'train', '{}', NULL, 'work', NULL, '2026-02-02', '2026-01-01', '2026-03-03');
      INSERT INTO locks VALUES ('r-killed', 'token', 'elsewhere', 7, 'then', 12, 0), ('r-pausing', 'other', 'elsewhere', 7, 'then', 12, 1);
      INSERT INTO events (run_id, at, event) VALUES
        ('r-paused', '2026-01-01', '{"kind":"status","status":"stopped","error":null}'),
        ('r-waiting', '2026-01-01', '{"kind":"status","status":"waiting","error":null}'),
        ('r-waiting', '2026-01-01', '{"kind":"note","iteration":1,"stage":"review","text":"stopped"}');
      INSERT INTO evaluations (id, kind, model, title, settings, status, owner, cancel_requested, result, error, created_at, finished_at) VALUES
        (1, 'judge', 'm', 'x', '{}', 'queued', '', 0, NULL, NULL, '2026-01-01', NULL),
        (2, 'judge', 'm', 'x', '{}', 'queued', '', 1, NULL, NULL, '2026-01-01', NULL),
        (3, 'judge', 'm', 'x', '{}', 'running', '{"pid":7,"started":"then","token":"t","host":"elsewhere","heartbeatAt":12}', 0, NULL, NULL, '2026-01-01', NULL),
        (4, 'judge', 'm', 'x', '{}', 'running', '{"pid":7,"started":"then"}', 1, NULL, NULL, '2026-01-01', NULL),
        (5, 'judge', 'm', 'x', '{}', 'cancelled', '', 1, NULL, NULL, '2026-01-01', NULL),
        (6, 'judge', 'm', 'x', '{}', 'failed', '', 0, NULL, '${error}', '2026-01-01', NULL),
        (7, 'judge', 'm', 'x', '{}', 'finished', '', 0, '{"n":1}', NULL, '2026-01-01', '2026-03-03');
      INSERT INTO evaluations (id, run_id, kind, model, title, status, result, created_at, finished_at)
        VALUES (8, 'r-early', 'judge', 'M1', 'x', 'finished', '{"n":2}', '2026-02-02', '2026-02-02');`)
    old.close()
    store = openStore(path)
  })
  afterAll(() => {
    store.close()
    rmSync(folder, { recursive: true })
  })

  it.each([
    ['r-created', { state: 'created', wanted: null, attempts: 0 }],
    ['r-queued', { state: 'queued', wanted: 'work', queuedAt: '2026-02-02' }],
    ['r-killed', { state: 'running', wanted: 'work', token: 'token', pid: 7, processStarted: 'then', heartbeatAt: 12 }],
    ['r-pausing', { state: 'pausing', wanted: 'pause', token: 'other' }],
    ['r-ending', { state: 'finishing', wanted: 'end', token: null }],
    ['r-paused', { state: 'paused', wanted: 'pause', attempts: 1 }],
    ['r-waiting', { state: 'waiting-for-review' }],
    ['r-failed', { state: 'failed', error: { code: 'DISK_FULL' } }],
    ['r-finished', { state: 'finished', wanted: 'work', finishedAt: '2026-03-03' }],
    ['r-early', { state: 'finished', wanted: 'end' }],
    [evaluationJob(1), { state: 'queued', wanted: 'work', queuedAt: '2026-01-01', attempts: 0 }],
    [evaluationJob(2), { state: 'paused', wanted: 'pause', queuedAt: null }],
    [evaluationJob(3), { state: 'running', token: 't', host: 'elsewhere', pid: 7 }],
    [evaluationJob(4), { state: 'pausing', wanted: 'pause', token: null }],
    [evaluationJob(5), { state: 'paused', wanted: 'pause' }],
    [evaluationJob(6), { state: 'failed', error: { code: 'DISK_FULL' } }],
    [evaluationJob(7), { state: 'finished', finishedAt: '2026-03-03' }],
  ])('keeps the state of %s', (id, expected) => {
    expect(store.jobs.find(id)).toMatchObject(expected)
  })

  it('has no job for a run’s evaluation, whose figures stay', () => {
    expect(store.jobs.find(evaluationJob(8))).toBeUndefined()
    expect(store.evaluations.findOfRun('r-early', 'M1', 'judge')?.result).toEqual({ n: 2 })
  })

  it('renames the states in the history, and nothing else', () => {
    const events = ['r-paused', 'r-waiting'].flatMap((id) => store.events.after(id, 0).map(({ event }) => event))
    expect(events).toMatchObject([{ status: 'paused' }, { status: 'waiting-for-review' }, { kind: 'note', text: 'stopped' }])
  })
})
