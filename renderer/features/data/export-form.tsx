import { MultiSelect, SegmentedControl, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import {
  type Exportable,
  type ExportChoice,
  type ExportWhat,
  exportWhat,
  type ExportForm as Form,
  formsOf,
} from '../../../main/shared/contract/export-contract.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { count } from '../../components/format.ts'
import { Loading } from '../../components/loading.tsx'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import styles from './data.module.css'
import { ExportResult } from './export-result.tsx'
import { formMeanings, formNames, whatNames } from './words.ts'

/** The choice of contents and format for an export, with a summary of the file. */
export function ExportForm({ run }: { readonly run: string }) {
  const there = useQuery(orpc.data.exportable.queryOptions({ input: { run }, staleTime: 0 }))
  return <QueryView query={there}>{(found) => <Choices run={run} there={found} />}</QueryView>
}

/** The number of rows per kind of contents. */
function amounts({ iterations, ift, eft, answers, trainings }: Exportable): Readonly<Record<ExportWhat, number>> {
  const sum = (of: 'pairs' | 'reviewed' | 'judgements'): number => iterations.reduce((total, iteration) => total + iteration[of], 0)
  return {
    ...{ pairs: sum('pairs'), judgements: sum('judgements'), reviews: sum('reviewed'), ift, eft },
    ...{ answers: answers.reduce((total, { count: n }) => total + n, 0), metrics: trainings.length },
  }
}

const ofIterations: readonly ExportWhat[] = ['pairs', 'judgements', 'reviews']

function Choices({ run, there }: { readonly run: string; readonly there: Exportable }) {
  const amount = amounts(there)
  const firstThere = exportWhat.options.find((one) => amount[one] > 0) ?? 'pairs'
  const [choice, setChoice] = useState<ExportChoice>({
    ...{ run, what: firstThere, form: formsOf[firstThere][0], iterations: null, pairs: 'reviewed' },
    model: there.answers.at(-1)?.model ?? null,
  })
  const change = (changes: Partial<ExportChoice>): void => setChoice((now) => ({ ...now, ...changes }))
  const { what, form } = choice
  const unit = (one: ExportWhat): string => (one === 'metrics' ? `${amount[one]} trainings` : count(amount[one]))
  return (
    <>
      <Panel title="Export">
        <div className={styles.inline}>
          <Select
            label="Contents"
            data={exportWhat.options.map((one) => ({ value: one, label: `${whatNames[one]} (${unit(one)})`, disabled: amount[one] === 0 }))}
            value={what}
            onChange={(one) => one && change({ what: one as ExportWhat, form: formsOf[one as ExportWhat][0] })}
            allowDeselect={false}
            w={280}
          />
          <Select
            label="Format"
            data={formsOf[what].map((one) => ({ value: one, label: formNames[one] }))}
            value={form}
            onChange={(one) => one && change({ form: one as Form })}
            allowDeselect={false}
            w={240}
          />
          {ofIterations.includes(what) && there.iterations.length > 1 && (
            <MultiSelect
              size="xs"
              label="Iterations"
              placeholder={choice.iterations === null ? 'all' : undefined}
              data={there.iterations.map(({ iteration }) => ({ value: String(iteration), label: `iteration ${iteration}` }))}
              value={(choice.iterations ?? []).map(String)}
              onChange={(values) => change({ iterations: values.length === 0 ? null : values.map(Number) })}
              w={240}
            />
          )}
          {what === 'answers' && (
            <Select
              label="Model"
              data={there.answers.map(({ model, count: n }) => ({ value: model, label: `${model} (${count(n)} answers)` }))}
              value={choice.model}
              onChange={(model) => change({ model })}
              allowDeselect={false}
              w={160}
            />
          )}
          {what === 'pairs' && (
            <SegmentedControl
              aria-label="Pairs"
              data={[
                { value: 'reviewed', label: 'With your reviews' },
                { value: 'judged', label: 'Judge only' },
              ]}
              value={choice.pairs}
              onChange={(pairs) => change({ pairs: pairs as ExportChoice['pairs'] })}
            />
          )}
        </div>
        <p className="dim" style={{ margin: '8px 0 0' }}>
          {formMeanings[form]}
        </p>
      </Panel>
      <Summary choice={choice} />
    </>
  )
}

function Summary({ choice }: { readonly choice: ExportChoice }) {
  const summary = useQuery(orpc.data.exportSummary.queryOptions({ input: choice, staleTime: 0, retry: false }))
  if (summary.isError) return <ErrorCard error={summary.error} />
  if (summary.data === undefined) return <Loading />
  return <ExportResult key={summary.data.fileName} choice={choice} summary={summary.data} />
}
