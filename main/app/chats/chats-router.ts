import { chatPreferencesId } from '../../shared/contract/chats-contract.ts'
import type { Application } from '../application.ts'
import { engineUseOf } from '../engines/engine-use.ts'
import { api } from '../implementation.ts'
import { chatPreferences } from './chat-preferences.ts'

export const chatsRouter = ({ home, store, removals }: Application) => {
  const { chats } = store
  const withUse = <Chat extends { readonly id: number }>(chat: Chat) => ({ ...chat, engineUsage: engineUseOf(store, { chatId: chat.id }) })
  const preferences = chatPreferences(home)
  return api.chats.router({
    list: api.chats.list.handler(() =>
      chats
        .list()
        .filter(({ id }) => !removals.chats.isPending(id))
        .map(withUse),
    ),
    show: api.chats.show.handler(({ input }) => withUse(chats.find(input.id))),
    save: api.chats.save.handler(({ input: { id, content } }) => {
      if (id === null) return { id: chats.add(content) }
      chats.change(id, content)
      return { id }
    }),
    rename: api.chats.rename.handler(({ input }) => chats.rename(input.id, input.name)),
    remove: api.chats.remove.handler(({ input }) => removals.chats.schedule(chats.find(input.id).id)),
    undoRemove: api.chats.undoRemove.handler(({ input }) => removals.chats.undo(input.id)),
    prefer: api.chats.prefer.handler(async ({ input }) => {
      await removals.dataSets.finish(chatPreferencesId)
      return { id: preferences.add(input) }
    }),
    withdraw: api.chats.withdraw.handler(({ input }) => preferences.remove(input.id)),
  })
}
