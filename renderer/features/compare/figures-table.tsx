import { Link } from 'wouter'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { type OutsideMeasure, outsideFiguresOf } from '../../../main/shared/outside-measures.ts'
import { comparisonsOf } from '../../components/comparisons.ts'
import { duration, fixed, percent } from '../../components/format.ts'
import { StatusDot } from '../../components/status-dot.tsx'
import styles from './figures-table.module.css'
import type { RunLook } from './run-looks.ts'

interface Figure {
  readonly name: string
  readonly of: (run: RunDetails) => string
}

function lastOf<Value>(values: readonly Value[]): Value | undefined {
  return values[values.length - 1]
}

/** Figures of the newest model that generated data. */
const lastMade = ({ models }: RunDetails) => lastOf(models.flatMap(({ name, made }) => (made === null ? [] : [{ name, made }])))

function accuracyOf({ models }: RunDetails): string {
  const measured = lastOf(models.filter(({ checks }) => checks['true-accuracy']?.all_five != null))
  return measured === undefined ? '–' : `${percent(measured.checks['true-accuracy'].all_five, 1)} (${measured.name})`
}

function followedOf({ models }: RunDetails, measure: OutsideMeasure): string {
  const measured = lastOf(
    models.map(({ name, checks }) => ({ name, figures: outsideFiguresOf(checks[measure]) })).filter(({ figures }) => figures !== null),
  )
  if (measured?.figures == null) return '–'
  const { met, low, high } = measured.figures.prompts
  return `${percent(met, 1)} (${measured.name}, 95%: ${percent(low)} to ${percent(high)})`
}

function winsOf(run: RunDetails, against: string): string {
  const comparison = lastOf(comparisonsOf(run.models).filter((other) => other.against === against))
  return comparison === undefined
    ? '–'
    : `${percent(comparison.value, 1)} (${comparison.model}, 95%: ${percent(comparison.low)} to ${percent(comparison.high)})`
}

function judgeOf({ models }: RunDetails): string {
  const judged = lastOf(models.filter(({ judge_quality }) => judge_quality?.pairwise_accuracy != null))
  if (judged === undefined) return '–'
  const { pairwise_accuracy, length_pairwise_accuracy } = judged.judge_quality!
  return `${percent(pairwise_accuracy, 1)} (${judged.name}; length alone ${percent(length_pairwise_accuracy, 1)})`
}

const figures: readonly Figure[] = [
  { name: 'Newest model', of: ({ models }) => lastOf(models)?.name ?? '–' },
  { name: 'True accuracy, sampled', of: accuracyOf },
  { name: 'Held-out prompts followed, sampled', of: (run) => followedOf(run, 'checks') },
  { name: 'Held-out families followed, sampled', of: (run) => followedOf(run, 'checks-held-out') },
  { name: 'Win rate against M1', of: (run) => winsOf(run, 'M1') },
  { name: 'Win rate of M1 against M0', of: (run) => winsOf(run, 'M0') },
  { name: 'Judge agreement with humans', of: judgeOf },
  { name: 'Mean reward', of: (run) => modelFigure(run, ({ mean_reward }) => fixed(mean_reward)) },
  { name: 'Pair yield', of: (run) => modelFigure(run, (made) => percent(made.yield)) },
  {
    name: 'Unreadable judgements',
    of: (run) => modelFigure(run, ({ judgements, parse_failures }) => (judgements === 0 ? '–' : percent(parse_failures / judgements, 1))),
  },
  { name: 'Response length', of: (run) => modelFigure(run, ({ mean_length }) => `${fixed(mean_length, 1)} characters`) },
  { name: 'Time', of: ({ seconds }) => duration(seconds) },
]

function modelFigure(run: RunDetails, write: (made: NonNullable<ReturnType<typeof lastMade>>['made']) => string): string {
  const last = lastMade(run)
  return last === undefined ? '–' : `${write(last.made)} (${last.name})`
}

/** The runs' latest figures, one column per run, without figures that no run has. */
export function FiguresTable({ looks }: { readonly looks: readonly RunLook[] }) {
  const rows = figures
    .map(({ name, of }) => ({ name, values: looks.map(({ run }) => of(run)) }))
    .filter(({ values }) => values.some((value) => value !== '–'))
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Figure</th>
          {looks.map(({ run, label, letter }) => (
            <th key={run.id} scope="col">
              {letter} <Link href={`/runs/${run.id}`}>{label}</Link>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">Status</th>
          {looks.map(({ run }) => (
            <td key={run.id}>
              <StatusDot status={run.status} />
            </td>
          ))}
        </tr>
        {rows.map(({ name, values }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {values.map((value, i) => (
              <td key={looks[i].run.id}>{value}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
