import { join } from 'node:path'
import type { RouterClient } from '@orpc/server'
import type { AppRouter } from '../../main/app/router.ts'
import type { ExportChoice } from '../../main/shared/contract/export-contract.ts'
import { queueFilter } from '../../main/shared/contract/review-contract.ts'

export type Client = RouterClient<AppRouter>

/** A call of the contract, as a window makes it. */
export interface Call {
  readonly name: string
  readonly ask: (client: Client) => Promise<unknown>
}

export interface Places {
  /** The largest run, one with 800 pairs, and one per round that may be removed. */
  readonly largest: string
  readonly medium: string
  readonly spare: () => string
  /** The folder for exports. */
  readonly folder: string
}

/** Every call that reads or writes the store, except those answered by an engine or a network. */
export function callsOf({ largest, medium, spare, folder }: Places): Call[] {
  const ofLargest = { runId: largest }
  const lastPage = { ...ofLargest, iteration: 2, offset: 39_900, limit: 100 }
  const filter = queueFilter.parse({})
  const bulk = { runId: medium, filter, decision: 'agree' as const, overwrite: true }
  const largeBulk = { ...bulk, runId: largest }
  const choice: ExportChoice = { run: largest, what: 'pairs', form: 'trl', iterations: null, pairs: 'reviewed', model: null }
  const queueOf = async (client: Client, runId: string, search = '') =>
    collected(await client.review.queue({ runId, filter: { ...filter, search } }))
  const firstPrompt = async (client: Client) => (await queueOf(client, medium))[0]
  return [
    { name: 'runs.list', ask: (client) => client.runs.list() },
    { name: 'runs.show', ask: (client) => client.runs.show({ id: largest }) },
    { name: 'runs.recipes', ask: (client) => client.runs.recipes() },
    { name: 'runs.rename', ask: (client) => client.runs.rename({ id: medium, name: 'renamed' }) },
    { name: 'runs.remove', ask: (client) => client.runs.remove({ id: spare() }) },
    { name: 'review.runs', ask: (client) => client.review.runs() },
    { name: 'review.overview', ask: (client) => client.review.overview(ofLargest) },
    { name: 'review.queue', ask: (client) => queueOf(client, largest) },
    {
      name: 'review.queue (search)',
      ask: (client) => queueOf(client, largest, 'stone cloud zz'),
    },
    { name: 'review.item', ask: async (client) => client.review.item({ promptId: (await firstPrompt(client)).promptId }) },
    {
      name: 'review.decide',
      ask: async (client) => client.review.decide({ pairId: (await firstPrompt(client)).pairId!, decision: 'agree' }),
    },
    { name: 'review.bulk.preview', ask: (client) => client.review.bulk.preview(largeBulk) },
    { name: 'charts.distributions', ask: (client) => client.charts.distributions(ofLargest) },
    { name: 'charts.trainings', ask: (client) => client.charts.trainings(ofLargest) },
    {
      name: 'charts.curves',
      ask: (client) =>
        client.charts.curves({ ...ofLargest, models: ['M1', 'M2'], metrics: ['loss', 'grad_norm'], points: 1000, smoothing: 0.6 }),
    },
    { name: 'charts.progress', ask: (client) => client.charts.progress(ofLargest) },
    { name: 'charts.timeline', ask: (client) => client.charts.timeline(ofLargest) },
    { name: 'rows.prompts (last page)', ask: (client) => client.rows.prompts({ ...lastPage, offset: 9900 }) },
    { name: 'rows.candidates (last page)', ask: (client) => client.rows.candidates(lastPage) },
    { name: 'rows.judgements (last page)', ask: (client) => client.rows.judgements(lastPage) },
    { name: 'rows.pairs (last page)', ask: (client) => client.rows.pairs({ ...lastPage, offset: 9900 }) },
    { name: 'rows.examples', ask: (client) => client.rows.examples({ ...ofLargest, kind: 'ift', offset: 0, limit: 100 }) },
    { name: 'rows.log', ask: (client) => client.rows.log(ofLargest) },
    { name: 'evaluate.sources', ask: (client) => client.evaluate.sources() },
    { name: 'evaluate.list', ask: (client) => client.evaluate.list() },
    { name: 'evaluate.results', ask: (client) => client.evaluate.results({ search: '', source: 'all', limit: 100 }) },
    { name: 'evaluate.results (search)', ask: (client) => client.evaluate.results({ search: 'M3 head', source: 'runs', limit: 100 }) },
    { name: 'evaluate.arena.standings', ask: (client) => client.evaluate.arena.standings({ isOpen: false }) },
    { name: 'models.library', ask: (client) => client.models.library() },
    { name: 'data.list', ask: (client) => client.data.list() },
    { name: 'data.exportable', ask: (client) => client.data.exportable({ run: largest }) },
    { name: 'data.exportSummary', ask: (client) => client.data.exportSummary(choice) },
    { name: 'data.exportTo', ask: (client) => client.data.exportTo({ ...choice, path: join(folder, 'pairs.jsonl') }) },
    {
      name: 'data.exportTo (judgements)',
      ask: (client) => client.data.exportTo({ ...choice, what: 'judgements', form: 'jsonl', path: join(folder, 'judgements.jsonl') }),
    },
    { name: 'data.exportText', ask: async (client) => drained(await client.data.exportText(choice)) },
    { name: 'system.storage', ask: (client) => client.system.storage() },
    { name: 'system.cleanUpItems', ask: (client) => client.system.cleanUpItems() },
    { name: 'system.backups', ask: (client) => client.system.backups() },
    { name: 'system.checkDatabase', ask: (client) => client.system.checkDatabase() },
    { name: 'system.backUp', ask: (client) => client.system.backUp() },
    { name: 'review.bulk.apply', ask: async (client) => applyAndUndo(client, largeBulk) },
  ]
}

async function collected<Value>(pieces: AsyncIterable<Value[]>): Promise<Value[]> {
  const all: Value[] = []
  for await (const piece of pieces) {
    JSON.stringify(piece)
    all.push(...piece)
  }
  return all
}

/** Read a stream to its end and discard its texts. */
async function drained(texts: AsyncIterable<string>): Promise<number> {
  let characters = 0
  for await (const text of texts) characters += text.length
  return characters
}

async function applyAndUndo(client: Client, bulk: Parameters<Client['review']['bulk']['preview']>[0]): Promise<void> {
  const preview = await client.review.bulk.preview(bulk)
  const { id } = await client.review.bulk.apply({ ...bulk, ...preview })
  await client.review.bulk.undo({ batchId: id })
}
