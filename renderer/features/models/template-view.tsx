import { ActionIcon, Button, Checkbox, Select, Textarea } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { skipToken, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import { useSearchParams } from 'wouter'
import type { RenderedConversation } from '../../../main/shared/contract/models-contract.ts'
import type { Action } from '../../actions/action.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorCard } from '../../components/error-card.tsx'
import { count } from '../../components/format.ts'
import { ModelSelect } from '../../components/model-select.tsx'
import { Panel } from '../../components/page.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import { TokenLegend, TokenTexts } from '../../components/token-texts.tsx'
import { templateActions } from './models-actions.ts'
import styles from './template.module.css'

interface Said {
  readonly key: number
  readonly role: string
  readonly content: string
}

const examples: readonly { readonly name: string; readonly messages: readonly Omit<Said, 'key'>[] }[] = [
  {
    name: 'One question',
    messages: [
      { role: 'user', content: 'Why is the sky blue?' },
      { role: 'assistant', content: 'Because air scatters blue light more than red.' },
    ],
  },
  {
    name: 'With a system message',
    messages: [
      { role: 'system', content: 'Answer in one word.' },
      { role: 'user', content: 'What is the capital of Japan?' },
      { role: 'assistant', content: 'Tokyo' },
    ],
  },
  {
    name: 'Two turns',
    messages: [
      { role: 'user', content: 'Name a bird.' },
      { role: 'assistant', content: 'Wren' },
      { role: 'user', content: 'Another one.' },
      { role: 'assistant', content: 'Heron' },
    ],
  },
]

let lastKey = 0
const keyed = (messages: readonly Omit<Said, 'key'>[]): Said[] => messages.map((message) => ({ ...message, key: ++lastKey }))

/** What a model's chat template makes of a conversation: the text, its tokens, and which of them training has a loss on. */
export function TemplateView() {
  const [parameters, setParameters] = useSearchParams()
  const model = parameters.get('model')
  const [messages, setMessages] = useState<readonly Said[]>(() => keyed(examples[0].messages))
  const [opens, setOpens] = useState(false)
  const [withIds, setIds] = useState(false)
  const asked = useDeferredValue(messages)
  const isWhole = asked.length > 0
  const rendered = useQuery(
    orpc.models.render.queryOptions({
      input:
        model === null || !isWhole
          ? skipToken
          : { id: model, messages: asked.map(({ role, content }) => ({ role, content })), addGenerationPrompt: opens },
      placeholderData: (before) => before,
      retry: false,
    }),
  )
  const actions = useScreenActions(templateActions, {
    add: {
      perform: () => setMessages([...messages, ...keyed([{ role: messages.at(-1)?.role === 'user' ? 'assistant' : 'user', content: '' }])]),
    },
    start: { perform: () => setOpens(!opens) },
    ids: { enabled: rendered.data !== undefined, perform: () => setIds(!withIds) },
  })
  return (
    <div className={styles.view}>
      <Panel title="Conversation">
        <div className={styles.form}>
          <ModelSelect label="Model" value={model} onChange={(id) => setParameters(id === null ? {} : { model: id }, { replace: true })} />
          <Messages messages={messages} onChange={setMessages} add={actions.add} />
          <Checkbox
            label="Start the assistant’s next turn"
            description="As before an answer is generated."
            checked={opens}
            onChange={(event) => setOpens(event.currentTarget.checked)}
          />
        </div>
      </Panel>
      {model === null ? (
        <EmptyState title="Choose a model">
          Its own chat template and tokenizer are applied, exactly as in training and generation.
        </EmptyState>
      ) : rendered.isError ? (
        <ErrorCard error={rendered.error} />
      ) : (
        rendered.data !== undefined && <Rendered conversation={rendered.data} withIds={withIds} setIds={setIds} />
      )}
    </div>
  )
}

interface MessagesProps {
  readonly messages: readonly Said[]
  readonly onChange: (messages: readonly Said[]) => void
  readonly add: Action
}

function Messages({ messages, onChange, add }: MessagesProps) {
  const change = (key: number, changes: Partial<Said>): void =>
    onChange(messages.map((message) => (message.key === key ? { ...message, ...changes } : message)))
  return (
    <>
      {messages.map(({ key, role, content }, i) => (
        <div key={key} className={styles.message}>
          <Select
            aria-label={`Role of message ${i + 1}`}
            data={['system', 'user', 'assistant']}
            value={role}
            onChange={(value) => change(key, { role: value ?? role })}
            allowDeselect={false}
            w={120}
          />
          <Textarea
            aria-label={`Message ${i + 1}`}
            value={content}
            onChange={(event) => change(key, { content: event.currentTarget.value })}
            autosize
            minRows={1}
            maxRows={8}
          />
          <ActionIcon
            aria-label={`Remove message ${i + 1}`}
            onClick={() => onChange(messages.filter((message) => message.key !== key))}
            disabled={messages.length === 1}
          >
            <IconTrash size={14} />
          </ActionIcon>
        </div>
      ))}
      <div className={styles.actions}>
        <Button {...actionProps(add)} leftSection={<IconPlus size={14} aria-hidden />} />
        <Select
          aria-label="Example"
          placeholder="Use an example"
          data={examples.map(({ name }) => name)}
          value={null}
          onChange={(name) => onChange(keyed(examples.find((example) => example.name === name)?.messages ?? []))}
          w={200}
        />
      </div>
    </>
  )
}

interface RenderedProps {
  readonly conversation: RenderedConversation
  /** The tokens' IDs are shown. */
  readonly withIds: boolean
  readonly setIds: (withIds: boolean) => void
}

function Rendered({ conversation: { text, tokens, trainingNote }, withIds, setIds }: RenderedProps) {
  const learned = tokens.filter(({ weight }) => weight > 0).length
  return (
    <>
      <Panel title="Text" flush>
        <ScrollArea className={styles.rendered} label="Rendered text">
          <pre className={styles.text}>{text}</pre>
        </ScrollArea>
      </Panel>
      <Panel
        title={`Tokens: ${count(tokens.length)}, ${count(learned)} trained on`}
        corner={<Checkbox label="IDs" checked={withIds} onChange={(event) => setIds(event.currentTarget.checked)} />}
        flush
      >
        <TokenLegend />
        {trainingNote !== null && (
          <p className={styles.note} role="status">
            {trainingNote}
          </p>
        )}
        <ScrollArea className={styles.rendered} label="Tokens">
          <div className={styles.tokens}>
            <TokenTexts tokens={tokens} withIds={withIds} />
          </div>
        </ScrollArea>
      </Panel>
    </>
  )
}
