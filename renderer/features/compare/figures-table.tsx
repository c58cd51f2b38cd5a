import { Link } from 'wouter'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { type OutsideMeasure, outsideFiguresOf } from '../../../main/shared/outside-measures.ts'
import { comparisonsOf, judgedText } from '../../components/comparisons.ts'
import { duration, fixed, percent } from '../../components/format.ts'
import { spreadOf, spreadText } from '../../components/spread.ts'
import { StatusDot } from '../../components/status-dot.tsx'
import styles from './figures-table.module.css'
import type { RunLook } from './run-looks.ts'

/** A run's value of a figure, and what belongs to it: the model, an interval. */
interface Reading {
  readonly value: number | null
  readonly about: string
}

interface Figure {
  readonly name: string
  readonly of: (run: RunDetails) => Reading | null
  readonly format: (value: number) => string
}

function lastOf<Value>(values: readonly Value[]): Value | undefined {
  return values[values.length - 1]
}

/** Figures of the newest model that generated data. */
const lastMade = ({ models }: RunDetails) => lastOf(models.flatMap(({ name, made }) => (made === null ? [] : [{ name, made }])))

function accuracyOf({ models }: RunDetails): Reading | null {
  const measured = lastOf(models.filter(({ checks }) => checks['true-accuracy']?.all_five != null))
  return measured === undefined ? null : { value: measured.checks['true-accuracy'].all_five, about: measured.name }
}

function followedOf({ models }: RunDetails, measure: OutsideMeasure): Reading | null {
  const measured = lastOf(
    models.map(({ name, checks }) => ({ name, figures: outsideFiguresOf(checks[measure]) })).filter(({ figures }) => figures !== null),
  )
  if (measured?.figures == null) return null
  const { met, low, high } = measured.figures.prompts
  return { value: met, about: `${measured.name}, 95%: ${percent(low)} to ${percent(high)}` }
}

function winsOf(run: RunDetails, against: string): Reading | null {
  const comparison = lastOf(comparisonsOf(run.models).filter((other) => other.against === against))
  if (comparison === undefined) return null
  const { value, model, low, high } = comparison
  return { value, about: `${model}, 95%: ${percent(low)} to ${percent(high)}, ${judgedText(comparison)}` }
}

function judgeOf({ models }: RunDetails): Reading | null {
  const judged = lastOf(models.filter(({ judge_quality }) => judge_quality?.pairwise_accuracy != null))
  if (judged === undefined) return null
  const { pairwise_accuracy, length_pairwise_accuracy } = judged.judge_quality!
  return { value: pairwise_accuracy, about: `${judged.name}; length alone ${percent(length_pairwise_accuracy, 1)}` }
}

function modelFigure(run: RunDetails, read: (made: NonNullable<ReturnType<typeof lastMade>>['made']) => number | null): Reading | null {
  const last = lastMade(run)
  const value = last === undefined ? null : read(last.made)
  return last === undefined || value === null ? null : { value, about: last.name }
}

const share = (value: number): string => percent(value, 1)

const figures: readonly Figure[] = [
  { name: 'True accuracy, sampled', of: accuracyOf, format: share },
  { name: 'Held-out prompts followed, sampled', of: (run) => followedOf(run, 'checks'), format: share },
  { name: 'Held-out families followed, sampled', of: (run) => followedOf(run, 'checks-held-out'), format: share },
  { name: 'Win rate against M1', of: (run) => winsOf(run, 'M1'), format: share },
  { name: 'Win rate of M1 against M0', of: (run) => winsOf(run, 'M0'), format: share },
  { name: 'Judge agreement with humans', of: judgeOf, format: share },
  { name: 'Mean reward', of: (run) => modelFigure(run, ({ mean_reward }) => mean_reward), format: (value) => fixed(value) },
  { name: 'Pair yield', of: (run) => modelFigure(run, (made) => made.yield), format: (value) => percent(value) },
  {
    name: 'Unreadable judgements',
    of: (run) => modelFigure(run, ({ judgements, parse_failures }) => (judgements === 0 ? null : parse_failures / judgements)),
    format: share,
  },
  {
    name: 'Response length, characters',
    of: (run) => modelFigure(run, ({ mean_length }) => mean_length),
    format: (value) => fixed(value, 1),
  },
  { name: 'Time', of: ({ seconds }) => ({ value: seconds, about: '' }), format: duration },
]

function readingText(reading: Reading | null, format: Figure['format']): string {
  if (reading?.value == null) return '–'
  return `${format(reading.value)}${reading.about === '' ? '' : ` (${reading.about})`}`
}

/** Runs of the comparison that differ in their seed alone. */
interface SeedColumn {
  readonly id: number
  readonly name: string
  readonly runs: readonly RunDetails[]
}

const seedColumns = (looks: readonly RunLook[]): SeedColumn[] =>
  [...Map.groupBy(looks, ({ run }) => run.group?.id ?? null)].flatMap(([id, members]) =>
    id === null || members.length < 2 ? [] : [{ id, name: members[0].run.group!.name, runs: members.map(({ run }) => run) }],
  )

/** Mean and standard deviation over a group of seeds. */
function groupText({ runs }: SeedColumn, { of, format }: Figure): string {
  const spread = spreadOf(runs.map((run) => of(run)?.value))
  return spread === null ? '–' : spreadText(spread, format)
}

/** The runs' latest figures, one column per run and per group of seeds, without figures that no run has. */
export function FiguresTable({ looks }: { readonly looks: readonly RunLook[] }) {
  const groups = seedColumns(looks)
  const rows = figures
    .map((figure) => ({
      name: figure.name,
      values: looks.map(({ run }) => readingText(figure.of(run), figure.format)),
      groups: groups.map((group) => groupText(group, figure)),
    }))
    .filter(({ values }) => values.some((value) => value !== '–'))
  return (
    <table className={styles.table} style={{ minWidth: 160 + 136 * (looks.length + groups.length) }}>
      <thead>
        <tr>
          <th scope="col">Figure</th>
          {looks.map(({ run, label, letter }) => (
            <th key={run.id} scope="col">
              {letter} <Link href={`/runs/${run.id}`}>{label}</Link>
            </th>
          ))}
          {groups.map(({ id, name, runs }) => (
            <th key={id} scope="col" title="Mean ± standard deviation over runs that differ in their seed alone (number of runs)">
              {name}: {runs.length} seeds
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
          {groups.map(({ id }) => (
            <td key={id} />
          ))}
        </tr>
        <tr>
          <th scope="row">Newest model</th>
          {looks.map(({ run }) => (
            <td key={run.id}>{lastOf(run.models)?.name ?? '–'}</td>
          ))}
          {groups.map(({ id }) => (
            <td key={id} />
          ))}
        </tr>
        {rows.map(({ name, values, groups: spreads }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {values.map((value, i) => (
              <td key={looks[i].run.id}>{value}</td>
            ))}
            {spreads.map((text, i) => (
              <td key={groups[i].id} className={styles.spread}>
                {text}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
