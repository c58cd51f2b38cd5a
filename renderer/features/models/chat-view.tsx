import { Button, NumberInput, Textarea } from '@mantine/core'
import { IconPlayerStop, IconPlus, IconRefresh, IconSend } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react'
import { useSearchParams } from 'wouter'
import { isActive } from '../../../main/shared/contract/runs-contract.ts'
import { engineOfModel } from '../../../main/shared/engine-settings.ts'
import { engineUseText } from '../../../main/shared/engine-use-text.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorCard } from '../../components/error-card.tsx'
import { ModelsSelect, useServerModels, useUsableModels } from '../../components/model-select.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import styles from './chat.module.css'
import { ChatColumn } from './chat-column.tsx'
import { ChatList } from './chat-list.tsx'
import { useChat } from './chat-store.ts'
import { fromLibrary, fromServer, pairProblem, standingPreference } from './chat-turns.ts'
import { chatActions } from './models-actions.ts'
import { RunChoice } from './run-choice.tsx'
import { SystemPrompt } from './system-prompt.tsx'

/** More columns would be too narrow to read. */
const mostColumns = 6

/** Sends the same message to several models and shows their replies side by side. */
export function ChatView() {
  const columns = useChat((state) => state.columns)
  const error = useChat((state) => state.error)
  const isRunning = useChat((state) => state.running !== null)
  const problem = useChat(({ columns: all, system }) => pairProblem(all, system))
  const models = useUsableModels()
  const open = useAddressedChat()
  const servers = useServerModels()
  const choose = (ids: readonly string[]): void =>
    useChat.getState().choose([...models.map(fromLibrary), ...servers.map(fromServer)].filter(({ id }) => ids.includes(id)))
  return (
    <div className={styles.page}>
      <ChatList onOpen={open} />
      <div className={styles.chat}>
        <div className={styles.bar}>
          <div className={styles.models}>
            <ModelsSelect label="Models" value={columns.map(({ id }) => id)} onChange={choose} most={mostColumns} servers={servers} />
          </div>
          <RunChoice onChoose={(own) => useChat.getState().choose(own.slice(0, mostColumns).map(fromLibrary))} />
          <Sampling />
          <SystemPrompt />
        </div>
        {(columns.length === 0 || columns.some(({ id }) => engineOfModel(id) === null)) && <RunNotice />}
        {error != null && <ErrorCard error={error} />}
        {columns.length === 0 ? (
          <EmptyState title="Choose models to chat with">
            Each model gets the same message and its own column. Choose all models of a run to see what training changed.
          </EmptyState>
        ) : (
          <ScrollArea className={styles.columns} label="Conversations">
            {columns.map((column) => (
              <ChatColumn key={column.id} column={column} isPreferable={problem === null && !isRunning} />
            ))}
          </ScrollArea>
        )}
        {problem === 'different-conversations' && (
          <p className={styles.note}>
            To prefer an answer, both must answer the same conversation: prefer one in every turn, or start a new chat.
          </p>
        )}
        <AskedOfServers />
        <Composer isReady={columns.length > 0} hasTurns={columns.some(({ turns }) => turns.length > 0)} canPrefer={problem === null} />
      </div>
    </div>
  )
}

/** The chat in the address is opened, and the address follows the chat. Returns how to open another. */
function useAddressedChat(): (id: number) => void {
  const [parameters, setParameters] = useSearchParams()
  const asked = Number(parameters.get('chat') ?? Number.NaN)
  const open = useCallback(
    (id: number | null): void => setParameters(id === null ? {} : { chat: String(id) }, { replace: true }),
    [setParameters],
  )
  useEffect(() => {
    if (Number.isInteger(asked)) void useChat.getState().open(asked)
  }, [asked])
  useEffect(
    () =>
      useChat.subscribe(({ id }, before) => {
        if (id !== before.id) open(id)
      }),
    [open],
  )
  return open
}

function Sampling() {
  const { temperature, topP, maxTokens, seed } = useChat((state) => state.sampling)
  const { setSampling } = useChat.getState()
  const number = (change: (value: number) => void) => (value: number | string) => {
    if (typeof value === 'number' && Number.isFinite(value)) change(value)
  }
  return (
    <div className={styles.sampling}>
      <NumberInput
        label="Temperature"
        title="Sampling temperature. 0: always the most likely token. The paper uses 0.7."
        {...{ min: 0, max: 5, step: 0.1, decimalScale: 2, value: temperature }}
        onChange={number((value) => setSampling({ temperature: value }))}
      />
      <NumberInput
        label="Top-p"
        title="Sample from the most likely tokens up to this total probability. 1: all tokens. The paper uses 0.9."
        {...{ min: 0.01, max: 1, step: 0.05, decimalScale: 2, value: topP }}
        onChange={number((value) => setSampling({ topP: value }))}
      />
      <NumberInput
        label="Max tokens"
        title="Maximum length of a reply."
        {...{ min: 1, max: 32_768, step: 64, allowDecimal: false, value: maxTokens }}
        onChange={number((value) => setSampling({ maxTokens: value }))}
      />
      <NumberInput
        label="Seed"
        title="The same seed gives the same reply."
        {...{ min: 0, allowDecimal: false, value: seed }}
        onChange={number((value) => setSampling({ seed: value }))}
      />
    </div>
  )
}

/** What this chat has asked of servers. */
function AskedOfServers() {
  const id = useChat((state) => state.id)
  const chats = useQuery(orpc.chats.list.queryOptions({ staleTime: 0 }))
  const uses = chats.data?.find((chat) => chat.id === id)?.engineUsage ?? []
  return uses.length === 0 ? null : <p className={styles.note}>This chat asked {uses.map(engineUseText).join('; ')}</p>
}

/** Chat and runs share the machine without waiting for each other. */
function RunNotice() {
  const runs = useQuery(orpc.runs.list.queryOptions())
  const active = runs.data?.find(({ status }) => isActive(status))
  if (active === undefined) return null
  return (
    <p className={styles.notice} role="note">
      {active.name} is running. Chat and the run slow each other down.
    </p>
  )
}

interface ComposerProps {
  readonly isReady: boolean
  readonly hasTurns: boolean
  /** One of the two last answers can be preferred. */
  readonly canPrefer: boolean
}

function Composer({ isReady, hasTurns, canPrefer }: ComposerProps) {
  const [text, setText] = useState('')
  const isRunning = useChat((state) => state.running !== null)
  const columns = useChat((state) => state.columns)
  const { send, again, stop, clear, prefer, withdraw } = useChat.getState()
  const preferring = (column: number) => ({ enabled: canPrefer && !isRunning, perform: () => void prefer(columns[column].id) })
  const submit = (): void => {
    if (!isReady || isRunning || text.trim() === '') return
    void send(text)
    setText('')
  }
  const message = useRef<HTMLTextAreaElement>(null)
  const actions = useScreenActions(chatActions, {
    write: { enabled: isReady, perform: () => message.current?.focus() },
    again: { enabled: hasTurns && !isRunning, perform: () => void again() },
    preferLeft: preferring(0),
    preferRight: preferring(1),
    withdraw: { enabled: !isRunning && standingPreference(columns) !== null, perform: () => void withdraw() },
    stop: { enabled: isRunning, perform: stop },
    clear: { enabled: hasTurns, perform: clear },
  })
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault()
      submit()
    }
  }
  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Textarea
        ref={message}
        className={styles.message}
        aria-label="Message to all models"
        placeholder={isReady ? 'Message to all models. Enter sends, Shift+Enter adds a line.' : 'Choose models first'}
        autosize
        minRows={2}
        maxRows={8}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        disabled={!isReady}
      />
      <div className={styles.buttons}>
        {isRunning ? (
          <Button {...actionProps(actions.stop)} leftSection={<IconPlayerStop size={14} aria-hidden />} />
        ) : (
          <Button type="submit" variant="filled" leftSection={<IconSend size={14} aria-hidden />} disabled={!isReady || text.trim() === ''}>
            Send
          </Button>
        )}
        <Button {...actionProps(actions.again)} leftSection={<IconRefresh size={14} aria-hidden />} />
        <Button {...actionProps(actions.clear)} leftSection={<IconPlus size={14} aria-hidden />} />
      </div>
    </form>
  )
}
