import { type CurveSeries, lineOf } from './curve-series.ts'
import { nearestPlace, useHoveredStep } from './hover.ts'
import styles from './readout.module.css'
import { reading } from './ticks.ts'

/**
 * Each line's value at the hovered step; otherwise its mean over the last quarter, because the last step may have had a single row. It is above the chart,
 * so that nothing covers the lines.
 */
export function CurveReadout({ group, series }: { readonly group: string; readonly series: readonly CurveSeries[] }) {
  const step = useHoveredStep(group)
  return (
    <>
      {series.length > 0 && (
        <span
          className={styles.step}
          title={step === null ? 'Mean over the last quarter of the steps shown, weighted by rows per step' : undefined}
          data-draw
        >
          {step === null ? 'last quarter' : `step ${Math.round(step).toLocaleString('en-US')}`}
        </span>
      )}
      {series.map((one) => {
        const place = step === null ? -1 : nearestPlace(one.steps, step)
        const isOver = step !== null && step > (one.steps.at(-1) ?? 0) + 0.5
        return (
          <span key={one.id} className={styles.value}>
            <span className={styles.dot} style={{ background: one.color }} data-swatch aria-hidden />
            <span data-draw>
              {one.name} {step === null ? endingText(one) : place === -1 || isOver ? '–' : reading(lineOf(one)[place])}
              {place !== -1 && !isOver && partialText(one, one.steps[place])}
            </span>
          </span>
        )
      })}
    </>
  )
}

const endingText = ({ ending }: CurveSeries): string => (ending === null ? '–' : reading(ending))

/** The row count of a step with fewer rows than the others. */
function partialText({ partial }: CurveSeries, step: number): string {
  const rows = partial.find((other) => other.step === step)?.rows
  return rows === undefined ? '' : rows === 1 ? ' (1 row)' : ` (${rows} rows)`
}
