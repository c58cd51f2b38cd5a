import { Select } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { RunDetails, ShownModel } from '../../../main/shared/contract/runs-contract.ts'
import {
  type OutsideFigures,
  type OutsideMeasure,
  outsideFiguresOf,
  outsideMeasures,
  outsideNames,
} from '../../../main/shared/outside-measures.ts'
import { count, fixed, percent } from '../../components/format.ts'
import { Hint } from '../../components/hint.tsx'
import { ModelBadge } from '../../components/model-badge.tsx'
import { Panel } from '../../components/page.tsx'
import table from '../../components/table.module.css'
import styles from './outside-panel.module.css'

/** What programs find in the models' answers to held-out prompts, next to the reward that each model gives itself. */
export function OutsidePanel({ run }: { readonly run: RunDetails }) {
  const [chosen, setChosen] = useState<OutsideMeasure | null>(null)
  const { checks, checks_held_out } = run.recipe.evaluation
  const measured = outsideMeasures.filter((measure) => run.models.some((model) => outsideFiguresOf(model.checks[measure]) !== null))
  if (checks === null && checks_held_out === null) return null
  if (measured.length === 0)
    return (
      <Panel>
        <Hint title="Outside measure">
          What programs find in the models’ answers to held-out prompts appears here once M0 has answered them.
        </Hint>
      </Panel>
    )
  const measure = chosen !== null && measured.includes(chosen) ? chosen : measured[0]
  return (
    <Panel
      title="Outside measure"
      corner={
        <Select
          aria-label="Which answers"
          w={220}
          allowDeselect={false}
          value={measure}
          data={measured.map((value) => ({ value, label: outsideNames[value] }))}
          onChange={(value) => setChosen(measured.find((one) => one === value) ?? null)}
        />
      }
      flush
    >
      <MeasureTable models={run.models} measure={measure} />
    </Panel>
  )
}

interface Row {
  readonly name: string
  readonly means: string
  readonly of: (model: ShownModel, figures: OutsideFigures | null) => ReactNode
}

function Share({ share: { met, low, high } }: { readonly share: OutsideFigures['prompts'] }) {
  return (
    <>
      {percent(met, 1)}{' '}
      <span className={styles.interval} title="95% confidence interval">
        {percent(low)}–{percent(high)}
      </span>
    </>
  )
}

const rows: readonly Row[] = [
  {
    name: 'Own reward',
    means: 'The mean reward that the model gives its own answers in the loop. It isn’t measured from outside.',
    of: ({ made }) => (made?.mean_reward == null ? '–' : fixed(made.mean_reward)),
  },
  {
    name: 'Prompts followed',
    means: 'Share of the answers that meet every requirement of their prompt, by programs, with a 95% confidence interval.',
    of: (_, figures) => (figures === null ? '–' : <Share share={figures.prompts} />),
  },
  {
    name: 'Requirements met',
    means: 'Share of all requirements that are met, with a 95% confidence interval.',
    of: (_, figures) => (figures === null ? '–' : <Share share={figures.requirements} />),
  },
  { name: 'Words per answer', means: 'Mean length.', of: (_, figures) => (figures === null ? '–' : fixed(figures.words, 1)) },
  {
    name: 'Distinct pairs of words',
    means: 'Different pairs of consecutive words as a share of all pairs (distinct-2). A fall says that answers become alike.',
    of: (_, figures) => (figures?.distinct2 == null ? '–' : percent(figures.distinct2, 1)),
  },
  {
    name: 'Cut off',
    means: 'Share of the answers that reached the maximum length.',
    of: (_, figures) => (figures === null ? '–' : percent(figures.unfinished, 1)),
  },
]

function MeasureTable({ models, measure }: { readonly models: readonly ShownModel[]; readonly measure: OutsideMeasure }) {
  const columns = models
    .map((model) => ({ model, figures: outsideFiguresOf(model.checks[measure]) }))
    .filter(({ figures }) => figures !== null)
  const families = [...new Set(columns.flatMap(({ figures }) => figures?.families.map(({ id }) => id) ?? []))]
  const familyOf = (figures: OutsideFigures | null, id: string) => figures?.families.find((family) => family.id === id)
  const prompts = columns[0].figures?.prompts.of ?? 0
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroll container must be reachable by keyboard
    <section className={styles.scroll} aria-label={outsideNames[measure]} tabIndex={0}>
      <table className={`${table.table} ${styles.table}`}>
        <thead>
          <tr>
            <th scope="col">{count(prompts)} prompts that the loop never sees</th>
            {columns.map(({ model }) => (
              <th key={model.name} scope="col" className={styles.figure}>
                <ModelBadge name={model.name} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, means, of }) => (
            <tr key={name}>
              <td title={means}>{name}</td>
              {columns.map(({ model, figures }) => (
                <td key={model.name} className={styles.figure}>
                  {of(model, figures)}
                </td>
              ))}
            </tr>
          ))}
          {families.map((id) => (
            <tr key={id}>
              <td className={styles.family}>
                {id} <span className="dim">{count(familyOf(columns[0].figures, id)?.of ?? 0)}</span>
              </td>
              {columns.map(({ model, figures }) => (
                <td key={model.name} className={styles.figure}>
                  {percentOr(familyOf(figures, id)?.met)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const percentOr = (share: number | undefined): string => (share === undefined ? '–' : percent(share))
