import { Button, Modal, PasswordInput, SegmentedControl, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type EngineSettings, engineName, engineSettings } from '../../../main/shared/engine-settings.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import styles from './system.module.css'

interface AddEngineDialogProps {
  readonly onClose: () => void
  readonly onAdded: (name: string) => void
}

const empty = { name: '', address: '', model: '', storage: '', key: '', concurrency: '8', input: '', output: '' }
type Written = typeof empty

/** Asks for an engine's address and what it needs, and adds it. */
export function AddEngineDialog({ onClose, onAdded }: AddEngineDialogProps) {
  const [kind, setKind] = useState<EngineSettings['kind']>('openai')
  const [written, setWritten] = useState(empty)
  const [isTried, setTried] = useState(false)
  const queries = useQueryClient()
  const adding = useMutation(
    orpc.engines.add.mutationOptions({
      onSuccess: async (_, { name }) => {
        await queries.invalidateQueries({ queryKey: orpc.engines.key() })
        onClose()
        onAdded(name)
      },
    }),
  )
  const parsed = engineSettings.safeParse(settingsOf(kind, written))
  const name = engineName.safeParse(written.name.trim())
  const problemOf = (key: string): string | null => {
    if (!isTried) return null
    if (key === 'name') return name.success ? null : 'Use letters, digits, dots, dashes, and underscores.'
    const issue = parsed.success ? undefined : parsed.error.issues.find(({ path }) => path.join('.') === key)
    if (issue === undefined) return null
    return issue.code === 'custom' || issue.code === 'invalid_format' ? `It ${issue.message}.` : 'Enter a value.'
  }
  const field = (key: keyof Written, problem: string = key) => ({
    value: written[key],
    error: problemOf(problem),
    onChange: ({ currentTarget: { value } }: { readonly currentTarget: { readonly value: string } }) =>
      setWritten((before) => ({ ...before, [key]: value })),
  })
  return (
    <Modal opened onClose={onClose} title="Add engine" size="lg">
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if (!parsed.success || !name.success) return
          adding.mutate({ name: name.data, settings: parsed.data, key: written.key.trim() === '' ? null : written.key.trim() })
        }}
      >
        <SegmentedControl
          aria-label="Kind of engine"
          data={[
            { value: 'openai', label: 'OpenAI-compatible server' },
            { value: 'ray', label: 'Ray cluster' },
          ]}
          value={kind}
          onChange={(value) => setKind(value === 'ray' ? 'ray' : 'openai')}
        />
        <TextInput label="Name" description="Recipes name it by this." placeholder="big" data-autofocus {...field('name')} />
        <TextInput
          label="Address"
          description={kind === 'openai' ? 'Of the API, which usually ends with /v1.' : 'Of the dashboard, which has the Jobs API.'}
          placeholder={kind === 'openai' ? 'http://workstation:8000/v1' : 'http://head:8265'}
          {...field('address')}
        />
        {kind === 'openai' ? (
          <>
            <TextInput label="Model" description="As the server names it." placeholder="Qwen/Qwen3-32B" {...field('model')} />
            <div className={styles.inline}>
              <TextInput label="Requests in flight" inputMode="numeric" {...field('concurrency')} />
              <TextInput label="Price of 1 M tokens read" placeholder="none" inputMode="decimal" {...field('input', 'prices.input')} />
              <TextInput label="Of 1 M written (USD)" placeholder="none" inputMode="decimal" {...field('output', 'prices.output')} />
            </div>
          </>
        ) : (
          <TextInput
            label="Storage"
            description="A folder or address (s3://, gs://) that this machine and every node reach."
            placeholder="/mnt/shared/laurel"
            {...field('storage')}
          />
        )}
        <PasswordInput
          label="Key"
          description="Leave empty if it needs none. It is stored on this machine and never shown again."
          autoComplete="off"
          {...field('key')}
        />
        {adding.isError && <ErrorCard error={adding.error} />}
        <div className={styles.dialogActions}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="filled" loading={adding.isPending}>
            Add and test
          </Button>
        </div>
      </form>
    </Modal>
  )
}

function settingsOf(kind: EngineSettings['kind'], { address, model, storage, concurrency, input, output }: Written): unknown {
  if (kind === 'ray') return { kind, address: address.trim(), storage: storage.trim() }
  const prices = input.trim() === '' && output.trim() === '' ? null : { input: Number(input), output: Number(output) }
  return { kind, address: address.trim(), model: model.trim(), concurrency: Number(concurrency), prices }
}
