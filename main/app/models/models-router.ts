import { storingUsage } from '../../loop/run-engines.ts'
import { addedPlaces, addPlace, forgetPlace, hubCache, ownFolder } from '../../models/places.ts'
import { engineOfModel } from '../../shared/engine-settings.ts'
import type { Application } from '../application.ts'
import { api, streamed } from '../implementation.ts'
import { absolutePath } from '../system/file-browser.ts'
import { verifyModel } from './card.ts'
import { type ChatColumn, chat } from './chat-service.ts'
import { exportModel } from './export.ts'
import { findModel, mustWork } from './model-library.ts'
import { renderConversation } from './render-conversation.ts'

export const modelsRouter = ({ home, store, reads, bench, about, downloads, openElsewhere }: Application) => {
  const usable = async (id: string) => mustWork(await findModel(home, store, id))
  const openServer = async (name: string, chatId: number | null) => {
    const engine = store.engines.resolve(name)
    return openElsewhere(engine, chatId === null ? undefined : storingUsage(store, { chatId }, engine))
  }
  return api.models.router({
    library: api.models.library.handler(() => reads.modelLibrary()),
    verify: api.models.verify.handler(async ({ input }) => {
      const { path } = await findModel(home, store, input.id)
      return bench.use((engine) => verifyModel(engine, path))
    }),
    places: api.models.places.handler(() => ({ own: ownFolder(home), cache: hubCache(), added: addedPlaces(home) })),
    addPlace: api.models.addPlace.handler(async ({ input }) => ({ models: await addPlace(home, absolutePath(input.path)) })),
    forgetPlace: api.models.forgetPlace.handler(({ input }) => forgetPlace(home, input.path)),
    hubLook: api.models.hubLook.handler(({ input: { name, file }, signal }) => downloads.look(name, file, signal)),
    hubGet: api.models.hubGet.handler(({ input: { name, file } }) => downloads.begin(name, file)),
    downloads: api.models.downloads.handler(() => downloads.list()),
    stopDownload: api.models.stopDownload.handler(({ input }) => downloads.stop(input.repository)),
    dismissDownload: api.models.dismissDownload.handler(({ input }) => downloads.dismiss(input.repository)),
    chat: api.models.chat.handler(async ({ input: { columns, sampling, chatId }, signal }) => {
      const asked = await Promise.all(
        columns.map(async ({ id, messages }): Promise<ChatColumn> => {
          const server = engineOfModel(id)
          if (server !== null) return { open: () => openServer(server, chatId), messages }
          try {
            return { model: await usable(id), messages }
          } catch (error) {
            return { open: () => Promise.reject(error), messages } // a chat can outlive one of its models
          }
        }),
      )
      return streamed(chat(bench, asked, sampling, signal))
    }),
    render: api.models.render.handler(async ({ input: { id, messages, addGenerationPrompt } }) => {
      const { path } = await usable(id)
      return bench.use((engine) => renderConversation(engine, path, messages, addGenerationPrompt))
    }),
    export: api.models.export.handler(async ({ input: { id, form, precision, folder }, signal }) => {
      const model = await usable(id)
      const run = model.origin === null ? null : await reads.run(model.origin.runId)
      return streamed(exportModel(bench, { model, run, form, precision, folder: absolutePath(folder), laurel: about.version }, signal))
    }),
  })
}
