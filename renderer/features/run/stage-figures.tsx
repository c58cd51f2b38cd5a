import type { RunDetails, ShownModel } from '../../../main/shared/contract/runs-contract.ts'
import { TableView } from '../../components/charts/table-view.tsx'
import { ModelBadge } from '../../components/model-badge.tsx'
import { recipeRows } from '../../components/recipe-rows.ts'
import styles from './stage-figures.module.css'

interface StageFiguresProps {
  readonly run: RunDetails
  readonly models: readonly string[]
  readonly part: 'training' | 'evaluation'
}

/** Figures of models' training or evaluation. */
export function StageFigures({ run, models, part }: StageFiguresProps) {
  const shown = run.models.filter(({ name }) => models.includes(name))
  if (shown.length === 0) return <p className="dim">The model doesn’t exist yet. Its training curves appear on the page during training.</p>
  return (
    <div className={styles.list}>
      {shown.map((model) => (
        <section key={model.name}>
          <h3 className={styles.head}>
            <ModelBadge name={model.name} />
            {part === 'training' && <span className="dim">{lineage(model)}</span>}
          </h3>
          {part === 'training' ? <Training model={model} /> : <Evaluation model={model} />}
          {part === 'training' && <Checkpoints model={model} />}
        </section>
      ))}
    </div>
  )
}

function lineage({ initialised_from, reference, data }: ShownModel): string {
  const from = initialised_from === null ? 'base model' : `from ${initialised_from}`
  return `${from}${reference === null ? '' : `, reference ${reference}`}, on ${data}`
}

/** How the checkpoint was chosen. */
function Checkpoints({ model: { name, checkpoints } }: { readonly model: ShownModel }) {
  if (checkpoints.length === 0) return null
  const columns = ['step', 'against step', 'win rate', 'low', 'high', 'won', 'tied', 'lost', 'unreadable', 'judge']
  const rows = checkpoints.map(({ step, against, win_rate, low, high, wins, ties, losses, unreadable, judge }) => [
    ...[step, against, win_rate, low, high, wins, ties, losses, unreadable, judge],
  ])
  return (
    <>
      <p className="dim">
        Each checkpoint against the best one before it, on validation prompts. One that wins less than half loses; {keptText(checkpoints)}
      </p>
      <TableView label={`Checkpoints of ${name}`} table={{ columns, rows }} />
    </>
  )
}

function keptText(checkpoints: ShownModel['checkpoints']): string {
  const last = checkpoints[checkpoints.length - 1]
  const kept = last.win_rate !== null && last.win_rate < 0.5 ? last.against : last.step
  return `the checkpoint of step ${kept} is the best so far.`
}

function Training({ model: { name, training } }: { readonly model: ShownModel }) {
  if (training === null) return <p className="dim">No training figures.</p>
  const rows = recipeRows(training).map(({ key, value }) => [key, Number.isNaN(Number(value)) ? value : Number(value)])
  return (
    <>
      <p className="dim">Rows, steps, and the mean of each metric over the last quarter of the steps.</p>
      <TableView label={`Training of ${name}`} table={{ columns: ['figure', 'value'], rows }} />
    </>
  )
}

function Evaluation({ model: { name, win_rates, judge_quality, checks } }: { readonly model: ShownModel }) {
  const wins = win_rates.map(({ against, win_rate, low, high, wins, ties, losses, unreadable, judge }) => [
    ...[against, win_rate, low, high, wins, ties, losses, unreadable, judge],
  ])
  const winColumns = ['against', 'win rate', 'low', 'high', 'won', 'tied', 'lost', 'unreadable', 'judge']
  const tables = [...(judge_quality === null ? [] : [['as a judge', judge_quality] as const]), ...Object.entries(checks)]
  if (wins.length === 0 && tables.length === 0) return <p className="dim">No evaluation figures.</p>
  return (
    <div className={styles.list}>
      {wins.length > 0 && <TableView label={`Win rates of ${name}`} table={{ columns: winColumns, rows: wins }} />}
      {tables.map(([check, figures]) => (
        <TableView key={check} label={`${name}, ${check}`} table={{ columns: [check, 'value'], rows: Object.entries(figures) }} />
      ))}
    </div>
  )
}
