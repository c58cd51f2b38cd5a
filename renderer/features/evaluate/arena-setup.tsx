import { Button, NumberInput, Select, Switch, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ArenaPrompt, OfferedSource } from '../../../main/shared/contract/evaluations-contract.ts'
import { actionProps, submitProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { ModelsSelect, useServerModels, useUsableModels } from '../../components/model-select.tsx'
import { useArena } from './arena-store.ts'
import styles from './evaluate.module.css'
import { arenaSetupActions } from './evaluate-actions.ts'

const typed = 'typed'

/** The choice of models, prompts, and sampling. */
export function ArenaSetup() {
  const { models, prompt, temperature, maxTokens, isBlind, set, next, running, phase } = useArena()
  const sources = useQuery(orpc.evaluate.sources.queryOptions({ staleTime: 0 })).data ?? []
  const sets = (useQuery(orpc.data.list.queryOptions()).data ?? []).filter(({ uses }) => uses.includes('prompts'))
  const servers = useServerModels()
  const [text, setText] = useState(prompt?.from === 'typed' ? prompt.text : '')
  const [isTyping, setTyping] = useState(prompt?.from === 'typed')
  const choosePrompt = (value: string | null): void => {
    setTyping(value === typed)
    set({ prompt: value === typed ? typedPrompt(text) : promptOf(value) })
  }
  const newest = useNewestRun(sources)
  const isSettingUp = phase.kind === 'setting-up'
  const actions = useScreenActions(arenaSetupActions, {
    start: isSettingUp ? { enabled: models.length >= 2 && prompt !== null && running === null, perform: () => void next() } : null,
    allOfRun: newest && { title: `All of ${newest.name}`, perform: newest.choose },
    blind: { perform: () => set({ isBlind: !isBlind }) },
  })
  const type = (value: string): void => {
    setText(value)
    set({ prompt: typedPrompt(value) })
  }
  return (
    <form
      className={styles.bar}
      onSubmit={(event) => {
        event.preventDefault()
        void next()
      }}
    >
      <div className={styles.grow}>
        <ModelsSelect label="Models" value={models} onChange={(ids) => set({ models: ids })} most={16} servers={servers} />
      </div>
      {newest && <Button {...actionProps(actions.allOfRun)} />}
      <Select
        label="Prompts"
        data={[
          { value: typed, label: 'Type a prompt' },
          ...sources.flatMap(choicesOf),
          ...sets.map(({ id, name }) => ({ value: `data-set ${id}`, label: name })),
        ]}
        value={isTyping ? typed : keyOf(prompt)}
        onChange={choosePrompt}
        placeholder="Choose"
        allowDeselect={false}
        w={224}
      />
      {isTyping && <TextInput className={styles.grow} label="Prompt" value={text} onChange={(event) => type(event.currentTarget.value)} />}
      <NumberInput
        label="Temperature"
        {...{ min: 0, max: 5, step: 0.1, decimalScale: 2, w: 92, value: temperature }}
        onChange={(value) => typeof value === 'number' && set({ temperature: value })}
      />
      <NumberInput
        label="Max tokens"
        {...{ min: 1, max: 32_768, step: 64, allowDecimal: false, w: 92, value: maxTokens }}
        onChange={(value) => typeof value === 'number' && value >= 1 && set({ maxTokens: value })}
      />
      <Switch
        label="Blind"
        description="Names hidden until the vote"
        checked={isBlind}
        onChange={(event) => set({ isBlind: event.currentTarget.checked })}
      />
      {isSettingUp && (
        <Button {...submitProps(actions.start)} type="submit" variant="filled" loading={running !== null}>
          Start
        </Button>
      )}
    </form>
  )
}

/** The newest run with several models, and how to choose all of them with its held-out prompts. */
function useNewestRun(sources: readonly OfferedSource[]): { readonly name: string; choose(): void } | null {
  const models = useUsableModels()
  const newest = sources.find(({ runId }) => models.filter(({ origin }) => origin?.runId === runId).length >= 2)
  if (newest === undefined) return null
  const choose = (): void => {
    const ids = models.filter(({ origin }) => origin?.runId === newest.runId).map(({ id }) => id)
    const from = newest.heldOut > 0 ? 'held-out' : 'seed-data'
    useArena.getState().set({ models: ids, prompt: { from, runId: newest.runId } })
  }
  return { name: newest.runName, choose }
}

const typedPrompt = (text: string): ArenaPrompt | null => (text.trim() === '' ? null : { from: 'typed', text })

const choicesOf = ({ runId, runName, heldOut, instructions }: OfferedSource) => [
  ...(heldOut > 0 ? [{ value: `held-out ${runId}`, label: `Held-out prompts of ${runName} (${heldOut})` }] : []),
  ...(instructions > 0 ? [{ value: `seed-data ${runId}`, label: `Seed data of ${runName} (${instructions})` }] : []),
]

const keyOf = (prompt: ArenaPrompt | null): string | null =>
  prompt === null ? null : prompt.from === 'typed' ? typed : `${prompt.from} ${prompt.from === 'data-set' ? prompt.id : prompt.runId}`

function promptOf(key: string | null): ArenaPrompt | null {
  const [from, ...rest] = key?.split(' ') ?? []
  const runId = rest.join(' ')
  if (from === 'data-set') return { from, id: runId }
  return runId !== '' && (from === 'held-out' || from === 'seed-data') ? { from, runId } : null
}
