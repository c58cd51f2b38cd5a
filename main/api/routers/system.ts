import type { Application } from '../application.ts'
import { api } from '../implementation.ts'

export const systemRouter = ({ about }: Application) =>
  api.system.router({
    about: api.system.about.handler(() => about),
  })
