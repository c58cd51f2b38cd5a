import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconDownload, IconMessage, IconShieldCheck, IconTemplate, IconX } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { LibraryModel, VerifiedModel } from '../../../main/shared/contract/models-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { bytes, count, duration, fixed, moment } from '../../components/format.ts'
import { ModelActions } from '../../components/model-actions.tsx'
import { ModelBadge } from '../../components/model-badge.tsx'
import { Panel } from '../../components/page.tsx'
import { useChat } from './chat-store.ts'
import { fromLibrary } from './chat-turns.ts'
import { ExportDialog } from './export-dialog.tsx'
import styles from './library.module.css'
import { modelDetailsActions } from './models-actions.ts'
import { architectureName, sourceName } from './words.ts'

/** A model's details and actions. */
export function ModelDetails({ model, onClose }: { readonly model: LibraryModel; readonly onClose: () => void }) {
  const [, go] = useLocation()
  const [isExporting, setExporting] = useState(false)
  const verification = useMutation(orpc.models.verify.mutationOptions())
  const { id, name, origin, problem } = model
  const chat = (): void => {
    useChat.getState().begin([fromLibrary(model)])
    go('/models/chat')
  }
  const isUsable = problem === null
  const actions = useScreenActions(modelDetailsActions, {
    chat: { enabled: isUsable, perform: chat },
    verify: { perform: () => verification.mutate({ id }) },
    template: model.hasChatTemplate ? { enabled: isUsable, perform: () => go(`/models/template?model=${encodeURIComponent(id)}`) } : null,
    export: { enabled: isUsable, perform: () => setExporting(true) },
    close: { perform: onClose },
  })
  return (
    <Panel
      title={origin === null ? name : <ModelBadge name={name} />}
      corner={
        <ActionIcon aria-label="Close details" onClick={onClose}>
          <IconX size={16} />
        </ActionIcon>
      }
    >
      <Facts model={model} />
      <div className={styles.actions}>
        <Button {...actionProps(actions.chat)} leftSection={<IconMessage size={14} aria-hidden />} />
        <Tooltip label={actions.verify.hint}>
          <Button
            {...actionProps(actions.verify)}
            leftSection={<IconShieldCheck size={14} aria-hidden />}
            loading={verification.isPending}
          />
        </Tooltip>
        {model.hasChatTemplate && <Button {...actionProps(actions.template)} leftSection={<IconTemplate size={14} aria-hidden />} />}
        <Button {...actionProps(actions.export)} leftSection={<IconDownload size={14} aria-hidden />} />
        <ModelActions model={model} />
        <Forget path={model.path} source={model.source} />
      </div>
      {verification.data && <Verdict verified={verification.data} />}
      {verification.isError && (
        <div className={styles.verdict}>
          <ErrorCard error={verification.error} />
        </div>
      )}
      {isExporting && <ExportDialog model={model} onClose={() => setExporting(false)} />}
    </Panel>
  )
}

function Facts({ model }: { readonly model: LibraryModel }) {
  const { origin } = model
  const facts: [string, string][] = [
    ['From', origin === null ? sourceName(model.source) : `run ${origin.runName}`],
    ...(origin === null ? [] : lineageFacts(origin)),
    ['Kind', `${architectureName(model.architecture)}, ${model.format === 'gguf' ? 'GGUF file' : 'Hugging Face folder'}`],
    ['Parameters', count(model.parameters)],
    ['Weights', model.precision ?? '–'],
    ['Size', bytes(model.bytes)],
    ['Context', model.contextLength === null ? '–' : `${count(model.contextLength)} tokens`],
    ['Chat template', model.hasChatTemplate ? 'yes' : 'no: the model continues text as is'],
    ['License', model.license ?? 'not stated'],
  ]
  return (
    <>
      <dl className={styles.facts}>
        {facts.map(([what, value]) => (
          <FactRow key={what} what={what} value={value} />
        ))}
        <dt>Path</dt>
        <dd className="code">{model.path}</dd>
      </dl>
      {model.problem !== null && <p className={styles.problem}>{model.problem}</p>}
    </>
  )
}

const FactRow = ({ what, value }: { readonly what: string; readonly value: string }) => (
  <>
    <dt>{what}</dt>
    <dd>{value}</dd>
  </>
)

const lineageFacts = ({ initialisedFrom, reference, data, createdAt }: NonNullable<LibraryModel['origin']>): [string, string][] => [
  ['Created', moment(createdAt)],
  ...(initialisedFrom === null ? [] : ([['Started from', initialisedFrom]] satisfies [string, string][])),
  ...(reference === null ? [] : ([['Reference', reference]] satisfies [string, string][])),
  ['Trained on', data],
]

function Verdict({ verified }: { readonly verified: VerifiedModel }) {
  const { parameters, layers, loadSeconds, meanLogprob, chanceLogprob } = verified
  return (
    <p className={styles.verdict} role="status">
      Complete and readable: {count(parameters)} parameters in {layers} layers, loaded in {duration(loadSeconds)}. Mean log-probability of a
      test sentence: {fixed(meanLogprob)} per token (uniform guessing: {fixed(chanceLogprob)}).
    </p>
  )
}

/** Removes a model from the list; only models that the user added can be removed. */
function Forget({ path, source }: { readonly path: string; readonly source: LibraryModel['source'] }) {
  const queries = useQueryClient()
  const places = useQuery(orpc.models.places.queryOptions({ enabled: source === 'added' }))
  const forgetting = useMutation(
    orpc.models.forgetPlace.mutationOptions({ onSettled: () => queries.invalidateQueries({ queryKey: orpc.models.key() }) }),
  )
  const place = places.data?.added.find((added) => path === added || path.startsWith(`${added}/`) || path.startsWith(`${added}\\`))
  if (source !== 'added' || place === undefined) return null
  const others = path === place ? '' : ` The other models of ${place} stay in the list. To restore this one, add the folder again.`
  return (
    <Tooltip label={`Removes this model from the list. Doesn’t delete its files.${others}`} maw={360} multiline>
      <Button onClick={() => forgetting.mutate({ path })} loading={forgetting.isPending}>
        Remove
      </Button>
    </Tooltip>
  )
}
