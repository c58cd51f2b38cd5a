import { ActionIcon, Menu } from '@mantine/core'
import { IconDots, IconPencil, IconTrash } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { ChatListing } from '../../../main/shared/contract/chats-contract.ts'
import { client, orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { dot, moment } from '../../components/format.ts'
import { QueryView } from '../../components/query-view.tsx'
import { RenameDialog } from '../../components/rename-dialog.tsx'
import { useRemoval } from '../../components/use-removal.ts'
import styles from './chat-list.module.css'
import { useChat } from './chat-store.ts'

const nameOf = ({ name, title }: ChatListing): string => name || title

/** The stored chats, the last one continued first. */
export function ChatList({ onOpen }: { readonly onOpen: (id: number) => void }) {
  const queries = useQueryClient()
  const chats = useQuery(orpc.chats.list.queryOptions({ staleTime: 0 }))
  const saves = useChat((state) => state.saves)
  useEffect(() => {
    if (saves > 0) void queries.invalidateQueries({ queryKey: orpc.chats.key() })
  }, [saves, queries])
  return (
    <nav className={styles.list} aria-label="Chats">
      <h2 className={styles.title}>Chats</h2>
      <QueryView query={chats}>
        {(all) =>
          all.length === 0 ? (
            <p className={styles.none}>Every chat is kept. It appears here after its first message.</p>
          ) : (
            <ul>
              {all.map((chat) => (
                <Item key={chat.id} chat={chat} onOpen={() => onOpen(chat.id)} />
              ))}
            </ul>
          )
        }
      </QueryView>
    </nav>
  )
}

function Item({ chat, onOpen }: { readonly chat: ChatListing; readonly onOpen: () => void }) {
  const isOpen = useChat(({ id }) => id === chat.id)
  const [isRenaming, setRenaming] = useState(false)
  const removal = useRemoval<{ id: number }>({
    ...{ text: `Deleted ${nameOf(chat)}.`, remove: client.chats.remove, undo: client.chats.undoRemove, queryKey: orpc.chats.key() },
    onRemoved: () => isOpen && useChat.getState().clear(),
  })
  return (
    <li className={styles.item}>
      <button type="button" className={styles.open} aria-current={isOpen || undefined} onClick={onOpen}>
        <span className={styles.name}>{nameOf(chat)}</span>
        <span className={styles.about}>
          {moment(chat.changedAt)}
          {dot}
          {chat.models.join(', ')}
        </span>
      </button>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon aria-label={`Actions for ${nameOf(chat)}`} size={24}>
            <IconDots size={14} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={14} />} onClick={() => setRenaming(true)}>
            Rename
          </Menu.Item>
          <Menu.Item leftSection={<IconTrash size={14} />} onClick={() => removal.mutate({ id: chat.id })}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {removal.isError && <ErrorCard error={removal.error} />}
      <RenameDialog
        title="Rename chat"
        name={nameOf(chat)}
        whenEmpty="Empty: its first message."
        rename={(name) => client.chats.rename({ id: chat.id, name })}
        queryKey={orpc.chats.key()}
        opened={isRenaming}
        onClose={() => setRenaming(false)}
      />
    </li>
  )
}
