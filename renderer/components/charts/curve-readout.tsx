import { type CurveSeries, lineOf } from './curve-series.ts'
import { nearestPlace, useHoveredStep } from './hover.ts'
import styles from './readout.module.css'
import { reading } from './ticks.ts'

/** What each line says at the step pointed at; else, where it ends. It stands still above the chart, so that nothing covers the lines. */
export function CurveReadout({ group, series }: { readonly group: string; readonly series: readonly CurveSeries[] }) {
  const step = useHoveredStep(group)
  return (
    <>
      {step !== null && (
        <span className={styles.step} data-draw>
          step {Math.round(step).toLocaleString('en-US')}
        </span>
      )}
      {series.map((one) => {
        const place = step === null ? one.steps.length - 1 : nearestPlace(one.steps, step)
        const isOver = step !== null && step > (one.steps.at(-1) ?? 0) + 0.5
        return (
          <span key={one.id} className={styles.value}>
            <span className={styles.dot} style={{ background: one.color }} data-swatch aria-hidden />
            <span data-draw>
              {one.name} {place === -1 || isOver ? '–' : reading(lineOf(one)[place])}
            </span>
          </span>
        )
      })}
    </>
  )
}
