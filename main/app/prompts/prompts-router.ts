import type { Application } from '../application.ts'
import { api } from '../implementation.ts'

export const promptsRouter = ({ reads }: Application) =>
  api.prompts.router({
    show: api.prompts.show.handler(({ input }) => reads.promptPage(input.at)),
    search: api.prompts.search.handler(({ input }) => reads.searchTexts(input)),
  })
