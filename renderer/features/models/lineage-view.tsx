import { Button, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { RunDetails, ShownModel } from '../../../main/shared/contract/runs-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { count, fixed, percent } from '../../components/format.ts'
import { checkNames } from '../../components/method-words.ts'
import { ModelActions } from '../../components/model-actions.tsx'
import { ModelBadge } from '../../components/model-badge.tsx'
import { useUsableModels } from '../../components/model-select.tsx'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { useChat } from './chat-store.ts'
import { fromLibrary } from './chat-turns.ts'
import { ExportDialog } from './export-dialog.tsx'
import styles from './lineage.module.css'
import { LineageGraph } from './lineage-graph.tsx'
import { lineageActions, lineageRunActions } from './models-actions.ts'

/** The lineage of a run's models. */
export function LineageView({ runId }: { readonly runId: string | null }) {
  const [, go] = useLocation()
  const runs = useQuery(orpc.runs.list.queryOptions())
  const started = runs.data?.filter(({ stage }) => stage !== null) ?? []
  const id = runId ?? started[0]?.id ?? null
  const choice = useRef<HTMLInputElement>(null)
  useScreenActions(lineageRunActions, { choose: { enabled: id !== null, perform: () => choice.current?.focus() } })
  return (
    <QueryView query={runs}>
      {() =>
        id === null ? (
          <EmptyState title="No models from runs yet">Each run starts with a base model, M0, and trains M1, M2 … from it.</EmptyState>
        ) : (
          <>
            <div className={styles.bar}>
              <Select
                ref={choice}
                label="Run"
                data={started.map((run) => ({ value: run.id, label: `${run.name} (${run.id})` }))}
                value={id}
                onChange={(next) => next !== null && go(`/models/lineage/${next}`)}
                allowDeselect={false}
                searchable
                w={320}
                maw="100%"
              />
            </div>
            <RunLineage key={id} id={id} />
          </>
        )
      }
    </QueryView>
  )
}

function RunLineage({ id }: { readonly id: string }) {
  const run = useQuery(orpc.runs.show.queryOptions({ input: { id } }))
  const [selected, setSelected] = useState<string | null>(null)
  return (
    <QueryView query={run}>
      {(details) => {
        const model = details.models.find(({ name }) => name === selected) ?? details.models.at(-1)
        if (model === undefined) return <EmptyState title="No model yet">The run has not read its base model yet.</EmptyState>
        return (
          <>
            <Panel title="From the base model to the latest" corner={<span className={styles.note}>win rates with 95% intervals</span>}>
              <LineageGraph models={details.models} selected={model.name} onSelect={setSelected} />
            </Panel>
            <ModelPanel run={details} model={model} />
          </>
        )
      }}
    </QueryView>
  )
}

function ModelPanel({ run, model }: { readonly run: RunDetails; readonly model: ShownModel }) {
  const [, go] = useLocation()
  const [isExporting, setExporting] = useState(false)
  const library = useUsableModels().filter(({ origin }) => origin?.runId === run.id)
  const own = library.find(({ name }) => name === model.name)
  const chat = (names: readonly string[]): void => {
    useChat.getState().begin(library.filter(({ name }) => names.includes(name)).map(fromLibrary))
    go('/models/chat')
  }
  const before = model.initialised_from
  const isThere = own !== undefined && !model.deleted
  const actions = useScreenActions(lineageActions, {
    chat: isThere ? { perform: () => chat([model.name]) } : null,
    compare: isThere && before !== null ? { title: `Compare with ${before} in chat`, perform: () => chat([before, model.name]) } : null,
    export: isThere && own.format === 'hugging-face' ? { perform: () => setExporting(true) } : null,
  })
  return (
    <Panel
      title={<ModelBadge name={model.name} />}
      corner={
        model.deleted ? (
          <span className={styles.deleted}>deleted</span>
        ) : (
          own && (
            <span className={styles.corner}>
              <Button {...actionProps(actions.chat)} />
              {before !== null && <Button {...actionProps(actions.compare)} />}
              {own.format === 'hugging-face' && <Button {...actionProps(actions.export)} />}
              <ModelActions model={own} />
            </span>
          )
        )
      }
    >
      <div className={styles.facts}>
        <Facts rows={lineageRows(model)} title="Lineage" />
        <Facts rows={rateRows(model)} title="Measured" />
        {model.made && <Facts rows={madeRows(model)} title={`Data generated by ${model.name}`} />}
      </div>
      {isExporting && own && <ExportDialog model={own} onClose={() => setExporting(false)} />}
    </Panel>
  )
}

type Rows = readonly (readonly [string, string])[]

function Facts({ title, rows }: { readonly title: string; readonly rows: Rows }) {
  return (
    <div>
      <h3 className={styles.factsTitle}>{title}</h3>
      <dl className={styles.list}>
        {rows.map(([what, value]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

const lineageRows = ({ initialised_from, reference, data, sha256, path, deleted }: ShownModel): Rows => [
  ['Started from', initialised_from ?? 'none (base model)'],
  ...(reference === null ? [] : ([['DPO reference', reference]] as const)),
  ['Trained on', data],
  ['Path', deleted ? `${path} (deleted)` : path],
  ['SHA-256', `${sha256.slice(0, 16)} …`],
]

const rateRows = ({ win_rates, judge_quality, checks }: ShownModel): Rows => {
  const rows: Rows = [
    ...win_rates.map(
      ({ against, win_rate, low, high, n, unreadable, judge }) =>
        [
          `Win rate v ${against}`,
          `${percent(win_rate)} (95%: ${percent(low)} to ${percent(high)}; n = ${n}, ${unreadable} unreadable; judge ${judge})`,
        ] as const,
    ),
    ...(judge_quality === null
      ? []
      : ([
          [
            'Agreement with humans as a judge',
            `${percent(judge_quality.pairwise_accuracy)} (length alone ${percent(judge_quality.length_pairwise_accuracy)})`,
          ],
        ] as const)),
    ...Object.entries(checks).flatMap(([check, figures]) =>
      figures.all_five === undefined ? [] : ([[checkNames[check] ?? check, percent(figures.all_five, 1)]] as const),
    ),
  ]
  return rows.length > 0 ? rows : [['No results yet', '–']]
}

const madeRows = ({ made }: ShownModel): Rows =>
  made === null
    ? []
    : [
        ['Prompts', count(made.prompts)],
        ['Mean reward by itself', `${fixed(made.mean_reward)} of 5`],
        ['Pairs', `${count(made.pairs)} (${percent(made.yield)} of the prompts)`],
        ['Unreadable judgements', `${count(made.parse_failures)} of ${count(made.judgements)}`],
        ['Mean length', `${fixed(made.mean_length, 0)} characters`],
      ]
