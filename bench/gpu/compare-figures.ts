import type { Precision } from '../../main/shared/train-config.ts'
import { advantage } from '../harness/statistics.ts'
import { type ComparedFigure, type Figure, measures, type Peak, type Program } from './report-schema.ts'

const own: ReadonlySet<Program> = new Set<Program>(['webgpu', 'tensorflow'])

/** Works whose operations are those of one product: only they can show what a card can do at most. */
export const isProduct = (work: string): boolean => work.startsWith('product ')

/** In each precision, the fastest product that was measured: torch's, or Laurel's own if no peer multiplied. */
export function peaksOf(figures: readonly Figure[]): Partial<Record<Precision, Peak>> {
  const products = figures.filter(({ measure, work }) => measure === 'TFLOP/s' && isProduct(work))
  const candidates = products.filter((each) => !own.has(each.program))
  const peaks: Partial<Record<Precision, Peak>> = {}
  for (const precision of ['float32', 'bfloat16'] as const) {
    const here = (list: readonly Figure[]): Figure[] => list.filter((each) => each.precision === precision && each.value > 0)
    const [best] = [...(here(candidates).length > 0 ? here(candidates) : here(products))].sort((a, b) => b.value - a.value)
    if (best) peaks[precision] = { tflops: best.value, program: best.program, work: best.work }
  }
  return peaks
}

/** Laurel's figures, each with its share of the best peer's at the same work, and of the card's peak. */
export function compareFigures(figures: readonly Figure[]): ComparedFigure[] {
  const peaks = peaksOf(figures)
  return figures
    .filter((each) => own.has(each.program))
    .map((each) => ({ ...each, ...shareOfPeers(each, figures), shareOfPeak: peakShare(each) }))

  function peakShare({ measure, precision, value }: Figure): number | null {
    const peak = peaks[precision]
    return measure === 'TFLOP/s' && peak ? value / peak.tflops : null
  }
}

function shareOfPeers(mine: Figure, figures: readonly Figure[]): Pick<ComparedFigure, 'shareOfTorch' | 'peer'> {
  const better = measures[mine.measure]
  const peers = figures.filter(
    ({ program, work, precision, measure, value }) =>
      !own.has(program) && work === mine.work && precision === mine.precision && measure === mine.measure && value > 0,
  )
  if (better === null || peers.length === 0 || mine.value === 0) return { shareOfTorch: null, peer: null }
  const best = peers.reduce((a, b) => (advantage(b.value, a.value, better) > 1 ? b : a))
  return { shareOfTorch: advantage(mine.value, best.value, better), peer: best.program }
}
