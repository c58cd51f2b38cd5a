import { Bar, BarChart, CartesianGrid, ReferenceLine, ResponsiveContainer, Tooltip, useXAxisScale, XAxis, YAxis } from 'recharts'
import type { Distribution, RewardBin } from '../../../main/shared/contract/charts-contract.ts'
import { percent } from '../format.ts'
import { lightGrid, quietAxis, valueAxis } from './axes.ts'
import { ChartTip } from './chart-tip.tsx'
import { roundTicks } from './ticks.ts'

interface RewardHistogramProps {
  readonly distribution: Distribution
  /** The largest share of any bin in any iteration: all histograms share one scale. */
  readonly top: number
  readonly height: number
  /** Only the last of several has tick labels. */
  readonly hasAxis: boolean
  readonly onOpen: (bin: RewardBin) => void
}

const axisHeight = 20

interface ShownBin {
  readonly bin: RewardBin
  readonly middle: number
  readonly chosen: number
  readonly rejected: number
  readonly neither: number
}

/** Shares of the rewarded candidates, so that iterations of different sizes are comparable. */
function shownBins({ bins, n }: Distribution): ShownBin[] {
  const all = Math.max(1, n.candidates)
  return bins.map((bin) => ({
    bin,
    middle: (bin.from + bin.to) / 2,
    chosen: bin.chosen / all,
    rejected: bin.rejected / all,
    neither: (bin.candidates - bin.chosen - bin.rejected) / all,
  }))
}

/** Rewards of one iteration's candidates, stacked: chosen, rejected, and in no pair. */
export function RewardHistogram({ distribution, top, height, hasAxis, onOpen }: RewardHistogramProps) {
  const { n, mean, bins } = distribution
  const [low, high] = [bins[0].from, bins[bins.length - 1].to]
  const bars = {
    isAnimationActive: false,
    stackId: 'rewards',
    shape: (props: BinBarProps) => <BinBar {...props} />,
    onClick: ({ payload }: { payload?: ShownBin }) => payload && payload.bin.chosen + payload.bin.rejected > 0 && onOpen(payload.bin),
  }
  return (
    <ResponsiveContainer width="100%" height={height + (hasAxis ? axisHeight : 0)}>
      <BarChart data={shownBins(distribution)} margin={{ top: 4, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false}>
        <CartesianGrid {...lightGrid} />
        <XAxis
          {...quietAxis}
          dataKey="middle"
          type="number"
          domain={[low, high]}
          ticks={roundTicks(low, high, 5)}
          height={hasAxis ? axisHeight : 1}
          tick={hasAxis ? quietAxis.tick : false}
        />
        <YAxis
          {...valueAxis}
          width={36}
          domain={[0, top]}
          ticks={roundTicks(0, top, height < 60 ? 1 : 3).filter((share) => share > 0)}
          tickFormatter={(share: number) => percent(share)}
        />
        <Tooltip
          cursor={false}
          isAnimationActive={false}
          content={({ active, payload }) =>
            active && payload?.[0] ? <BinTip bin={(payload[0].payload as ShownBin).bin} all={n.candidates} /> : null
          }
        />
        <Bar dataKey="rejected" fill="var(--role-rejected)" {...bars} />
        <Bar dataKey="chosen" fill="var(--role-chosen)" {...bars} />
        <Bar dataKey="neither" fill="var(--role-candidate)" fillOpacity={0.45} {...bars} />
        {mean.candidates !== null && <ReferenceLine x={mean.candidates} stroke="var(--text)" strokeWidth={1.5} />}
      </BarChart>
    </ResponsiveContainer>
  )
}

interface BinBarProps {
  readonly y?: number
  readonly height?: number
  readonly fill?: unknown
  readonly fillOpacity?: number | string
  readonly payload?: ShownBin
}

/** A bar as wide as its bin; bins can differ in width. */
function BinBar({ y = 0, height = 0, fill, fillOpacity, payload }: BinBarProps) {
  const scale = useXAxisScale()
  if (!scale || !payload || height <= 0) return null
  const left = scale(payload.bin.from) as number
  const right = scale(payload.bin.to) as number
  return (
    <rect
      x={left + 0.5}
      y={y}
      width={Math.max(1, right - left - 1)}
      height={height}
      fill={String(fill)}
      fillOpacity={fillOpacity}
      cursor="pointer"
    />
  )
}

/** Review lists pairs, so candidates in no pair aren't there. */
function footOf({ candidates, chosen, rejected }: RewardBin): string {
  const inPairs = chosen + rejected
  if (inPairs === 0) return 'None of them are in a pair'
  return inPairs === candidates ? 'Click to open them in Review' : `Click to open the ${inPairs} paired ones in Review`
}

const edge = (value: number): string => String(Number(value.toFixed(2)))

function BinTip({ bin, all }: { readonly bin: RewardBin; readonly all: number }) {
  const { from, to, candidates, chosen, rejected } = bin
  return (
    <ChartTip title={`Reward ${edge(from)} to ${edge(to)}`} foot={footOf(bin)}>
      {[
        {
          name: 'candidates',
          value: `${candidates} of ${all} (${percent(candidates / Math.max(1, all))})`,
          color: 'var(--role-candidate)',
        },
        { name: 'chosen', value: String(chosen), color: 'var(--role-chosen)' },
        { name: 'rejected', value: String(rejected), color: 'var(--role-rejected)' },
      ]}
    </ChartTip>
  )
}
