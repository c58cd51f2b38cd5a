import { Button, Modal, PasswordInput, SegmentedControl, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ShownEngine } from '../../../main/shared/contract/engines-contract.ts'
import { type EngineSettings, engineName, engineSettings, isSamePlace, openaiSettings } from '../../../main/shared/engine-settings.ts'
import { extraFrom } from '../../../main/shared/extra-fields.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import styles from './system.module.css'

interface EngineDialogProps {
  /** The engine to change; undefined: a new one. */
  readonly engine?: ShownEngine
  readonly onClose: () => void
  /** Called after it was stored, if what a test found before doesn't hold. */
  readonly onUntested: (name: string) => void
}

const usualCurrency = 'USD'
const isEmpty = (fields: object): boolean => Object.keys(fields).length === 0
const defaults = openaiSettings.parse({ kind: 'openai', address: 'http://x', model: 'x' })

/** What the fields of an engine have at first. */
function writtenOf(engine: ShownEngine | undefined) {
  const settings = engine?.settings
  const { model, concurrency, timeout, retries, prices, extra } = settings?.kind === 'openai' ? settings : { ...defaults, model: '' }
  const [input, output, currency] =
    prices === null ? ['', '', usualCurrency] : [String(prices.input), String(prices.output), prices.currency]
  const { storage, folder } = settings?.kind === 'ray' ? settings : { storage: '', folder: null }
  return {
    ...{ name: engine?.name ?? '', key: '', keyVariable: settings?.key_variable ?? '', address: settings?.address ?? '' },
    ...{ model, input, output, currency, storage, folder: folder ?? '', extra: isEmpty(extra) ? '' : JSON.stringify(extra) },
    ...{ concurrency: String(concurrency), timeout: String(timeout), retries: String(retries) },
  }
}
type Written = ReturnType<typeof writtenOf>

/** Asks for an engine's address and what it needs, and adds or changes it. */
export function EngineDialog({ engine, onClose, onUntested }: EngineDialogProps) {
  const [kind, setKind] = useState<EngineSettings['kind']>(engine?.settings.kind ?? 'openai')
  const [written, setWritten] = useState(() => writtenOf(engine))
  const [isTried, setTried] = useState(false)
  const queries = useQueryClient()
  const stored = {
    onSuccess: async (_: unknown, { name }: { readonly name: string }) => {
      await queries.invalidateQueries({ queryKey: orpc.engines.key() })
      onClose()
      if (isElsewhere) onUntested(name)
    },
  }
  const adding = useMutation(orpc.engines.add.mutationOptions(stored))
  const editing = useMutation(orpc.engines.edit.mutationOptions(stored))
  const saving = engine === undefined ? adding : editing
  const parsed = engineSettings.safeParse(settingsOf(kind, written, engine?.settings))
  const isElsewhere = engine === undefined || (parsed.success && !isSamePlace(engine.settings, parsed.data))
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
    <Modal opened onClose={onClose} title={engine === undefined ? 'Add engine' : `Settings of ${engine.name}`} size="lg">
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if (!parsed.success || !name.success) return
          const { data: settings } = parsed
          if (engine !== undefined) editing.mutate({ name: engine.name, settings })
          else adding.mutate({ name: name.data, settings, key: written.key.trim() === '' ? null : written.key.trim() })
        }}
      >
        {engine === undefined && (
          <>
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
          </>
        )}
        <TextInput
          label="Address"
          description={`${kind === 'openai' ? 'Of the API, which usually ends with /v1.' : 'Of the dashboard, which has the Jobs API.'}${ofKey(engine)}`}
          placeholder={kind === 'openai' ? 'http://workstation:8000/v1' : 'http://head:8265'}
          {...field('address')}
        />
        {kind === 'openai' ? (
          <>
            <TextInput label="Model" description="As the server names it." placeholder="Qwen/Qwen3-32B" {...field('model')} />
            <div className={styles.thirds}>
              <TextInput label="Requests in flight" inputMode="numeric" {...field('concurrency')} />
              <TextInput label="Request timeout (seconds)" inputMode="numeric" {...field('timeout')} />
              <TextInput label="Retries" inputMode="numeric" {...field('retries')} />
            </div>
            <div className={styles.thirds}>
              <TextInput label="Input price per 1M tokens" placeholder="none" inputMode="decimal" {...field('input', 'prices.input')} />
              <TextInput label="Output price per 1M tokens" placeholder="none" inputMode="decimal" {...field('output', 'prices.output')} />
              <TextInput label="Currency" placeholder={usualCurrency} {...field('currency', 'prices.currency')} />
            </div>
            <TextInput
              label="Extra request fields"
              description="A JSON object that goes into every request. No secrets: settings are shown and exported."
              placeholder='{"reasoning_effort": "low"}'
              {...field('extra')}
            />
          </>
        ) : (
          <>
            <TextInput
              label="Storage"
              description="A folder or address (s3://, gs://) that this machine and every node reach."
              placeholder="/mnt/shared/laurel"
              {...field('storage')}
            />
            <TextInput
              label="Folder of the storage on this machine"
              description="Where it is mounted here. Leave empty if that is the same."
              placeholder="/mnt/bucket/laurel"
              {...field('folder')}
            />
          </>
        )}
        {engine === undefined && (
          <PasswordInput
            label="API key"
            description="Leave empty if it needs none. It is stored on this machine and never shown again."
            autoComplete="off"
            {...field('key')}
          />
        )}
        <TextInput
          label="API key environment variable"
          description="The environment variable that holds the key. Leave empty if none does."
          placeholder="OPENAI_API_KEY"
          {...field('keyVariable', 'key_variable')}
        />
        {saving.isError && <ErrorCard error={saving.error} />}
        <div className={styles.dialogActions}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="filled" loading={saving.isPending}>
            {engine === undefined ? 'Add and test' : isElsewhere ? 'Save and test' : 'Save'}
          </Button>
        </div>
      </form>
    </Modal>
  )
}

/** Settings as written. */
function settingsOf(kind: EngineSettings['kind'], written: Written, before: EngineSettings | undefined): unknown {
  const { address, model, storage, folder, concurrency, timeout, retries, input, output, currency, keyVariable, extra } = written
  const common = { ...before, kind, address: address.trim(), key_variable: keyVariable.trim() || null }
  if (kind === 'ray') return { ...common, storage: storage.trim(), folder: folder.trim() || null }
  const isFree = input.trim() === '' && output.trim() === ''
  const prices = isFree ? null : { input: Number(input), output: Number(output), currency: currency.trim() || usualCurrency }
  const amounts = { concurrency: Number(concurrency), timeout: Number(timeout), retries: Number(retries) }
  return { ...common, ...amounts, model: model.trim(), prices, extra: extraFrom(extra) }
}

const ofKey = (engine: ShownEngine | undefined): string =>
  engine?.key === 'keyring' || engine?.key === 'file' ? ' The stored key is for this address alone.' : ''
