import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Distribution, RewardBin } from '../../../main/shared/contract/charts-contract.ts'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { isJudged } from '../../../main/shared/method-stages.ts'
import { orpc } from '../../api/client.ts'
import { ChartCard } from '../../components/charts/chart-card.tsx'
import type { ChartTable } from '../../components/charts/chart-table.ts'
import { RewardHistogram } from '../../components/charts/reward-histogram.tsx'
import { count, fixed, percent } from '../../components/format.ts'
import { Hint } from '../../components/hint.tsx'
import { methodWords } from '../../components/method-choices.ts'
import { ModelBadge } from '../../components/model-badge.tsx'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import styles from './distribution-panel.module.css'
import { intervalOf } from './use-live-run.ts'

/** Iterations shown by default. */
const shownAtOnce = 3

/** Height of each histogram, by their number, pixels. */
const heightOf = (rows: number): number => [280, 136, 88][rows - 1] ?? 72

/** Reward histograms of the iterations, stacked over a shared axis. */
export function DistributionPanel({ run }: { readonly run: RunDetails }) {
  const query = useQuery(orpc.charts.distributions.queryOptions({ input: { runId: run.id }, refetchInterval: intervalOf(run) }))
  return (
    <Panel>
      <QueryView query={query}>
        {(distributions) =>
          distributions.every(({ n }) => n.candidates === 0) ? (
            <Hint title="Reward distribution">
              {isJudged(run.recipe)
                ? 'Appears once the first candidates are judged.'
                : `Not applicable: ${methodWords[run.recipe.method].why}`}
            </Hint>
          ) : (
            <Distributions run={run} distributions={distributions.filter(({ n }) => n.candidates > 0)} />
          )
        }
      </QueryView>
    </Panel>
  )
}

function Distributions({ run, distributions }: { readonly run: RunDetails; readonly distributions: readonly Distribution[] }) {
  const [all, setAll] = useState(false)
  const [, navigate] = useLocation()
  const shown = all ? distributions : distributions.slice(-shownAtOnce)
  const top = Math.max(...distributions.flatMap(({ bins, n }) => bins.map(({ candidates }) => candidates / n.candidates)))
  const open = ({ iteration, bins }: Distribution, bin: RewardBin): void =>
    navigate(reviewAddress(run.id, iteration, bin, bin === bins[bins.length - 1]))
  return (
    <ChartCard
      title="Reward distribution"
      about="Rewards that each model gave its own candidates, as shares of all candidates. Blue: chosen, orange: rejected, gray: in no pair. The vertical line is the mean. Equal rewards make no pair. Click a bar to open its pairs in Review."
      summary={distributions.map(inWords).join(' ')}
      table={() => tableOf(distributions)}
      readout={<Legend />}
    >
      {shown.map((distribution, i) => (
        <div key={distribution.iteration} className={styles.row}>
          <div className={styles.model} style={{ height: heightOf(shown.length) }}>
            <span data-draw>
              <ModelBadge name={distribution.model} />
            </span>
          </div>
          <RewardHistogram
            distribution={distribution}
            top={top}
            height={heightOf(shown.length)}
            hasAxis={i === shown.length - 1}
            onOpen={(bin) => open(distribution, bin)}
          />
          <Figures distribution={distribution} />
        </div>
      ))}
      {distributions.length > shownAtOnce && (
        <Button variant="subtle" onClick={() => setAll(!all)}>
          {all ? `Show the last ${shownAtOnce}` : `Show all ${distributions.length} iterations`}
        </Button>
      )}
    </ChartCard>
  )
}

/** A bin excludes its upper edge; Review's range includes it. */
const ends = 1e-4

const reviewAddress = (runId: string, iteration: number, { from, to }: RewardBin, isLast: boolean): string =>
  `/review/${runId}?iteration=${iteration}&minScore=${Number(from.toFixed(4))}&maxScore=${Number((isLast ? to : to - ends).toFixed(4))}`

const Legend = () => (
  <>
    {(['chosen', 'rejected', 'candidate'] as const).map((role) => (
      <span key={role} className={styles.legend}>
        <span className={styles.swatch} data-role={role} data-swatch aria-hidden />
        <span data-draw>{role === 'candidate' ? 'in no pair' : role}</span>
      </span>
    ))}
  </>
)

function Figures({ distribution }: { readonly distribution: Distribution }) {
  const { mean, tieShare, judgements, parseFailures, flipRate, pairs, reviewed, changed, n, isComplete } = distribution
  return (
    <dl className={styles.figures}>
      <div>
        <dt data-draw>mean</dt>
        <dd data-draw>{fixed(mean.candidates)}</dd>
      </div>
      <div>
        <dt data-draw>ties</dt>
        <dd data-draw>{percent(tieShare, 1)}</dd>
      </div>
      <div>
        <dt>
          <span className={styles.swatch} data-role="failure" aria-hidden /> <span data-draw>unreadable</span>
        </dt>
        <dd data-draw>{judgements === 0 ? '–' : percent(parseFailures / judgements, 1)}</dd>
      </div>
      {flipRate !== null && (
        <div>
          <dt data-draw title="The judge’s comparisons that depend on the order">
            flips
          </dt>
          <dd data-draw>{percent(flipRate, 1)}</dd>
        </div>
      )}
      <div>
        <dt data-draw>{isComplete ? 'pairs' : 'judged'}</dt>
        <dd data-draw>{count(isComplete ? pairs : n.candidates)}</dd>
      </div>
      {reviewed > 0 && (
        <div className={styles.user}>
          <dt data-draw>changed by you</dt>
          <dd data-draw>
            {count(changed)} of {count(reviewed)}
          </dd>
        </div>
      )}
    </dl>
  )
}

const inWords = ({ model, mean, n, tieShare, parseFailures, judgements, pairs }: Distribution): string =>
  `${model}: ${count(n.candidates)} candidates with a mean reward of ${fixed(mean.candidates)} (chosen ${fixed(mean.chosen)}, rejected ${fixed(mean.rejected)}), ` +
  `${percent(tieShare)} of the prompts tie, ${count(parseFailures)} of ${count(judgements)} judgements unreadable, ${count(pairs)} pairs.`

const tableOf = (distributions: readonly Distribution[]): ChartTable => ({
  columns: ['model', 'reward from', 'to', 'candidates', 'chosen', 'rejected'],
  rows: distributions.flatMap(({ model, bins }) =>
    bins.map(({ from, to, candidates, chosen, rejected }) => [model, from, to, candidates, chosen, rejected]),
  ),
})
