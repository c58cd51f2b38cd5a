import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { ChartCard } from '../../components/charts/chart-card.tsx'
import { IntervalChart, intervalRowHeight } from '../../components/charts/interval-chart.tsx'
import { type Comparison, comparisonsOf, judgedText } from '../../components/comparisons.ts'
import { count, percent } from '../../components/format.ts'
import { Hint } from '../../components/hint.tsx'
import { modelColor } from '../../components/model-badge.tsx'
import { Panel } from '../../components/page.tsx'
import styles from './win-rates-panel.module.css'

/** Win rates of each model against the previous one and against M1, on held-out prompts. */
export function WinRatesPanel({ run }: { readonly run: RunDetails }) {
  const comparisons = comparisonsOf(run.models)
  if (comparisons.length === 0)
    return (
      <Panel>
        <Hint title="Win rates">
          {run.recipe.evaluation.count === 0
            ? 'This recipe doesn’t compare models.'
            : 'Appear once the first two models have answered the held-out prompts.'}
        </Hint>
      </Panel>
    )
  return (
    <Panel>
      <ChartCard
        title="Win rates"
        about="Share of held-out prompts on which the first model’s answer wins, with ties counting half and a 95% confidence interval; unreadable verdicts don’t count. 50% is chance. Paper: M2 v M1 71.9%, M3 v M2 67.6%."
        summary={comparisons.map(inWords).join(' ')}
        table={() => tableOf(comparisons)}
        readout={<span data-draw>won · tied · lost · unreadable</span>}
      >
        <div className={styles.grid}>
          <div>
            {comparisons.map(({ id, model, against, judge }) => (
              <div key={id} className={styles.label} style={{ height: intervalRowHeight }}>
                <span className={styles.models} data-draw>
                  {model} v {against}
                </span>
                <span title={judge} data-draw>
                  by {judge}
                </span>
              </div>
            ))}
          </div>
          <IntervalChart rows={comparisons.map((row) => ({ ...row, color: modelColor(row.model) }))} chance={0.5} />
          <div>
            {comparisons.map(({ id, value, wins, ties, losses, n, unreadable }) => (
              <div
                key={id}
                className={styles.figures}
                style={{ height: intervalRowHeight }}
                title={`n = ${n}, without the unreadable verdicts`}
              >
                <b data-draw>{percent(value, 1)}</b>
                <span data-draw>{[wins, ties, losses, unreadable].map(count).join(' · ')}</span>
              </div>
            ))}
          </div>
        </div>
      </ChartCard>
    </Panel>
  )
}

function inWords(comparison: Comparison): string {
  const { model, against, value, low, high, wins, ties, losses } = comparison
  return `${model} v ${against}, ${judgedText(comparison)}: ${percent(value, 1)} (95%: ${percent(low)} to ${percent(high)}), ${wins} won, ${ties} tied, ${losses} lost.`
}

const tableOf = (comparisons: readonly Comparison[]) => ({
  columns: ['model', 'against', 'win rate', 'low', 'high', 'won', 'tied', 'lost', 'unreadable', 'judge'],
  rows: comparisons.map(({ model, against, value, low, high, wins, ties, losses, unreadable, judge }) => [
    ...[model, against, value, low, high, wins, ties, losses, unreadable, judge],
  ]),
})
