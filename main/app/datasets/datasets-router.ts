import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ExportChoice } from '../../shared/contract/export-contract.ts'
import type { Application } from '../application.ts'
import { api, streamed } from '../implementation.ts'
import type { StoreThread } from '../store-thread/store-thread.ts'
import { idOf } from './data-sets.ts'
import { tokenView } from './reader.ts'

export const dataRouter = ({ library: { dataSets, uploads }, removals, jobs, bench }: Application) => {
  const removed = removals.dataSets
  return api.data.router({
    list: api.data.list.handler(async () => (await dataSets.list()).filter(({ id }) => !removed.isPending(id))),
    preview: api.data.preview.handler(async ({ input }) => {
      const report = await dataSets.preview(input)
      return { ...report, isNameTaken: report.isNameTaken && !removed.isPending(idOf(report.name)) }
    }),
    columns: api.data.columns.handler(({ input }) => dataSets.columns(input)),
    tokens: api.data.tokens.handler(async ({ input: { model, rows, ...choice } }) => {
      const first = await dataSets.first(choice, rows)
      return bench.use((engine) => tokenView(engine, model, first))
    }),
    import: api.data.import.handler(async ({ input }) => {
      await removed.finish(idOf(input.name))
      return dataSets.import(input)
    }),
    rows: api.data.rows.handler(({ input }) => dataSets.rows(input)),
    row: api.data.row.handler(({ input }) => dataSets.row(input)),
    remove: api.data.remove.handler(async ({ input }) => {
      await dataSets.mustBeRemovable(input.id)
      removed.schedule(input.id)
    }),
    undoRemove: api.data.undoRemove.handler(({ input }) => removed.undo(input.id)),
    upload: {
      begin: api.data.upload.begin.handler(({ input }) => uploads.begin(input)),
      piece: api.data.upload.piece.handler(({ input }) => uploads.piece(input)),
      drop: api.data.upload.drop.handler(({ input }) => uploads.drop(input.id)),
    },
    exportable: api.data.exportable.handler(({ input }) => jobs.exportable(input.run)),
    exportSummary: api.data.exportSummary.handler(({ input }) => jobs.exportSummary(input)),
    exportTo: api.data.exportTo.handler(({ input: { path, ...choice } }) => jobs.exportTo(choice, path)),
    exportText: api.data.exportText.handler(({ input }) => streamed(textOf(jobs, input))),
  })
}

async function* textOf(jobs: StoreThread, choice: ExportChoice): AsyncGenerator<string> {
  const id = await jobs.beginText(choice)
  for (let piece = await jobs.nextText(id); piece !== null; piece = await jobs.nextText(id)) {
    yield piece
    await nextTurn()
  }
}
