import { createRouterClient } from '@orpc/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appRouter } from '../../main/app/router.ts'
import { contract } from '../../main/shared/contract/contract.ts'
import { tinyApplication } from '../support/tiny-application.ts'

interface Call {
  readonly name: string
  readonly isReading: boolean
}

/** All calls of the contract. */
function callsIn(part: unknown, path: readonly string[] = []): Call[] {
  if (typeof part !== 'object' || part === null) return []
  if ('~orpc' in part) {
    const { meta } = part['~orpc'] as { readonly meta: { readonly isReading: boolean } }
    return [{ name: path.join('.'), isReading: meta.isReading }]
  }
  return Object.entries(part).flatMap(([name, inside]) => callsIn(inside, [...path, name]))
}
const calls = callsIn(contract)

/** The only calls that a read-only window may make. They change nothing, start nothing, and read no file of the user's choice. */
const readable = [
  'charts.curves charts.distributions charts.progress charts.timeline charts.trainings chats.list chats.show',
  'data.exportSummary data.exportText data.exportable data.list data.row data.rows engines.list',
  'evaluate.answers evaluate.arena.standings evaluate.arena.votes evaluate.exportAlpacaEval evaluate.list evaluate.results evaluate.sources',
  'evaluate.standings events.follow events.position models.downloads models.library models.places prompts.search prompts.show',
  'review.acts review.bulk.preview review.changes review.guidelines review.item review.overview review.queue review.runs',
  'rows.candidates rows.examples rows.judgePairs rows.judgements rows.log rows.pairs rows.prompts rows.rewardPairs rows.sampleSets rows.samples',
  'runs.list runs.load runs.recipes runs.removal runs.show system.about system.backups system.cleanUpItems system.engines system.followLog',
  'system.lastCheck system.logFolder system.notices system.runtimes system.storage window.commands',
].flatMap((line) => line.split(' '))

describe('a read-only window', () => {
  let tiny: ReturnType<typeof tinyApplication>
  beforeAll(() => {
    tiny = tinyApplication()
  })
  afterAll(() => tiny.end())
  const windowOf = (isReadOnly: boolean) => createRouterClient(appRouter(tiny.application), { context: { isReadOnly } })

  /** A call by its name, whatever its input. */
  function call(name: string): Promise<unknown> {
    let at: unknown = windowOf(true)
    for (const part of name.split('.')) at = (at as Record<string, unknown>)[part]
    return (at as (input?: unknown) => Promise<unknown>)()
  }

  test('may make these calls, and a new call only if it is added here', () => {
    expect(
      calls
        .filter(({ isReading }) => isReading)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(readable.toSorted())
  })

  test.each(calls.filter(({ isReading }) => !isReading).map(({ name }) => name))('may not call %s', async (name) => {
    await expect(call(name)).rejects.toMatchObject({ data: { code: 'READ_ONLY' } })
  })

  test('sees what another window does', async () => {
    const id = tiny.application.store.chats.add({ system: '', sampling: { temperature: 0, topP: 1, maxTokens: 1, seed: 0 }, columns: [] })
    expect((await windowOf(true).chats.list()).map((chat) => chat.id)).toEqual([id])
    await windowOf(false).chats.rename({ id, name: 'Renamed' })
    expect(await windowOf(true).chats.show({ id })).toMatchObject({ name: 'Renamed' })
  })

  test('knows that it is one', async () => {
    expect([(await windowOf(true).system.about()).isReadOnly, (await windowOf(false).system.about()).isReadOnly]).toEqual([true, false])
  })
})
