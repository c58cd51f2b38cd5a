import type { RunEstimate } from '../../../main/shared/contract/new-run-contract.ts'
import { bytes, dot, percent } from '../../components/format.ts'
import styles from './estimate.module.css'

const names: Readonly<Record<string, string>> = {
  weights: 'weights',
  gradients: 'gradients',
  optimizer: 'optimizer',
  activations: 'activations',
  cache: 'KV cache',
  head: 'output layer',
  served: 'serving models',
  runtime: 'runtime',
}

/** Shares of free memory above which it is tight, and insufficient. */
const scarce = 0.8
const tooMuch = 0.9

export const memoryState = (total: number, free: number | null): 'fine' | 'scarce' | 'over' =>
  free === null || total <= scarce * free ? 'fine' : total <= tooMuch * free ? 'scarce' : 'over'

interface MemoryBarProps {
  readonly title: string
  readonly parts: RunEstimate['memory']['training']
  readonly free: number | null
}

/** Peak memory by purpose, relative to free memory. */
export function MemoryBar({ title, parts: { total, ...parts }, free }: MemoryBarProps) {
  const shown = Object.entries(parts).filter(([, size]) => size > 0)
  const scale = Math.max(total, free ?? total)
  const state = memoryState(total, free)
  const share = free === null ? '' : `, ${percent(total / free)} of free memory`
  return (
    <div className={styles.memory} data-state={state}>
      <div className={styles.memoryHead}>
        <span>{title}</span>
        <span className={styles.memoryTotal}>{bytes(total)}</span>
      </div>
      <div className={styles.memoryBar} role="img" aria-label={`${title}: ${bytes(total)}${share}`}>
        {shown.map(([name, size], i) => (
          <span
            key={name}
            className={styles.memoryPart}
            style={{ width: `${(100 * size) / scale}%`, opacity: 1 - i * 0.13 }}
            title={`${names[name] ?? name}: ${bytes(size)}`}
          />
        ))}
      </div>
      <p className={styles.memoryParts}>
        {shown
          .toSorted(([, a], [, b]) => b - a)
          .slice(0, 4)
          .map(([name, size]) => `${names[name] ?? name} ${bytes(size)}`)
          .join(dot)}
      </p>
    </div>
  )
}
