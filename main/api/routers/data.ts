import type { Application } from '../application.ts'
import { api, streamed } from '../implementation.ts'
import { tokenView } from '../library/token-view.ts'

export const dataRouter = ({ library: { dataSets, uploads, exports }, bench }: Application) =>
  api.data.router({
    list: api.data.list.handler(() => dataSets.list()),
    preview: api.data.preview.handler(({ input }) => dataSets.preview(input)),
    tokens: api.data.tokens.handler(async ({ input: { model, rows, ...choice } }) => {
      const first = await dataSets.first(choice, rows)
      return bench.use((engine) => tokenView(engine, model, first))
    }),
    import: api.data.import.handler(({ input }) => dataSets.import(input)),
    rows: api.data.rows.handler(({ input }) => dataSets.rows(input)),
    row: api.data.row.handler(({ input }) => dataSets.row(input)),
    remove: api.data.remove.handler(({ input }) => dataSets.remove(input.id)),
    upload: {
      begin: api.data.upload.begin.handler(({ input }) => uploads.begin(input)),
      piece: api.data.upload.piece.handler(({ input }) => uploads.piece(input)),
      drop: api.data.upload.drop.handler(({ input }) => uploads.drop(input.id)),
    },
    exportable: api.data.exportable.handler(({ input }) => exports.exportable(input.run)),
    exportSummary: api.data.exportSummary.handler(({ input }) => exports.summary(input)),
    exportTo: api.data.exportTo.handler(({ input: { path, ...choice } }) => exports.write(choice, path)),
    exportText: api.data.exportText.handler(({ input }) => streamed(asAsync(exports.text(input)))),
  })

async function* asAsync<Value>(values: Iterable<Value>): AsyncGenerator<Value> {
  yield* values
}
