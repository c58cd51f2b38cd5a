import { Button, MultiSelect, NumberInput, Popover, SegmentedControl, Slider, Switch } from '@mantine/core'
import { IconAdjustmentsHorizontal } from '@tabler/icons-react'
import type { Training } from '../../../main/shared/contract/charts-contract.ts'
import styles from './curve-controls.module.css'

/** View settings of the training curves. Null: the default. */
export interface CurveView {
  readonly metrics: readonly string[] | null
  readonly from: number | null
  readonly to: number | null
  readonly smoothing: number
  readonly isLog: boolean
}

export const firstView: CurveView = { metrics: null, from: null, to: null, smoothing: 0, isLog: false }

/** The view of the steps `from` to `to` of `last`; as before if that is a single step. */
export function zoomed(view: CurveView, from: number, to: number, last: number): CurveView {
  const [first, end] = [Math.max(1, Math.round(from)), Math.min(last, Math.round(to))]
  return end > first ? { ...view, from: first, to: end } : view
}

const taskNames = { dpo: 'Preference training', reward: 'Judge training', sft: 'Fine-tuning' } as const

interface CurveControlsProps {
  readonly view: CurveView
  readonly onView: (view: CurveView) => void
  readonly task: Training['task']
  readonly tasks: readonly Training['task'][]
  readonly onTask: (task: Training['task']) => void
  readonly metrics: readonly string[]
  readonly known: readonly string[]
  readonly last: number
}

/** Controls above the training curves: metrics, range of steps, smoothing, scale. */
export function CurveControls({ view, onView, task, tasks, onTask, metrics, known, last }: CurveControlsProps) {
  const isZoomed = view.from !== null || view.to !== null
  return (
    <div className={styles.bar}>
      {tasks.length > 1 && (
        <SegmentedControl
          aria-label="Kind of training"
          value={task}
          data={tasks.map((value) => ({ value, label: taskNames[value] }))}
          onChange={(value) => onTask(value as Training['task'])}
        />
      )}
      <div className={styles.smoothing}>
        <span>Smoothing</span>
        <Slider
          w={112}
          size="xs"
          color="gray"
          min={0}
          max={0.99}
          step={0.01}
          value={view.smoothing}
          onChange={(smoothing) => onView({ ...view, smoothing })}
          thumbLabel="Smoothing"
          label={(value) => value.toFixed(2)}
        />
        <span className={styles.number}>{view.smoothing.toFixed(2)}</span>
      </div>
      <Switch
        color="gray"
        label="Log scale"
        checked={view.isLog}
        onChange={({ currentTarget: { checked } }) => onView({ ...view, isLog: checked })}
      />
      {isZoomed && (
        <Button variant="light" color="gray" onClick={() => onView({ ...view, from: null, to: null })}>
          Steps {view.from ?? 1} to {view.to ?? last}: show all
        </Button>
      )}
      <Popover position="bottom-end" withinPortal>
        <Popover.Target>
          <Button leftSection={<IconAdjustmentsHorizontal size={14} aria-hidden />}>Curves</Button>
        </Popover.Target>
        <Popover.Dropdown className={styles.more}>
          <MultiSelect
            label="Metrics, by TRL’s names"
            size="xs"
            data={[...known]}
            value={[...metrics]}
            onChange={(chosen) => onView({ ...view, metrics: chosen })}
            comboboxProps={{ withinPortal: false }}
          />
          <div className={styles.steps}>
            <NumberInput
              label="From step"
              min={1}
              max={last}
              value={view.from ?? 1}
              onChange={(value) =>
                typeof value === 'number' && value < (view.to ?? last) && onView({ ...view, from: value <= 1 ? null : value })
              }
            />
            <NumberInput
              label="To step"
              min={1}
              max={last}
              value={view.to ?? last}
              onChange={(value) =>
                typeof value === 'number' && value > (view.from ?? 1) && onView({ ...view, to: value >= last ? null : value })
              }
            />
          </div>
          <p className={styles.tip}>On a chart: drag to zoom, double-click to reset.</p>
        </Popover.Dropdown>
      </Popover>
    </div>
  )
}
