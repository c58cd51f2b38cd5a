import styles from './loop-diagram.module.css'
import { BestAndWorst, FourAnswers, Lines, ModelDot, Scores, Update } from './loop-pictures.tsx'

/** A step of the loop. */
export type Station = 'model' | 'prompts' | 'candidates' | 'judge' | 'pairs' | 'dpo'

const box = { width: 104, height: 88, top: 28, gap: 32 } as const
const stations: readonly { readonly id: Station; readonly name: string; readonly note: string; readonly Picture: () => React.ReactNode }[] =
  [
    { id: 'model', name: 'Mₜ', note: 'the model', Picture: ModelDot },
    { id: 'prompts', name: 'Prompts', note: 'written by Mₜ', Picture: Lines },
    { id: 'candidates', name: 'Candidates', note: '4 answers each', Picture: FourAnswers },
    { id: 'judge', name: 'Judge', note: 'scores 0 to 5', Picture: Scores },
    { id: 'pairs', name: 'Pairs', note: 'best vs. worst', Picture: BestAndWorst },
    { id: 'dpo', name: 'DPO', note: 'trains Mₜ₊₁', Picture: Update },
  ]
const width = stations.length * box.width + (stations.length - 1) * box.gap
const left = (i: number): number => i * (box.width + box.gap)
const middle = (i: number): number => left(i) + box.width / 2
const bottom = box.top + box.height

/** Diagram of the loop: a model's output becomes the next model's training data. `active` steps are highlighted. */
export function LoopDiagram({ active }: { readonly active?: readonly Station[] }) {
  const isActive = (id: Station): boolean => active?.includes(id) ?? false
  return (
    <svg
      className={styles.diagram}
      viewBox={`-1 0 ${width + 2} 176`}
      role="img"
      aria-label="The loop: the model writes prompts, answers each several times, judges its own answers, pairs the best with the worst, and DPO on the pairs trains the next model, with which the loop starts again."
    >
      <defs>
        <marker id="loop-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0.5 L7.5 4 L0 7.5 Z" fill="var(--text-dim)" />
        </marker>
      </defs>
      {stations.slice(1).map(({ id }, i) => (
        <line
          key={id}
          className={styles.arrow}
          x1={left(i) + box.width + 4}
          x2={left(i + 1) - 4}
          y1={box.top + box.height / 2}
          y2={box.top + box.height / 2}
          markerEnd="url(#loop-arrow)"
        />
      ))}
      <path className={styles.arrow} d={`M${middle(5)} ${bottom + 4} V152 Q${middle(5)} 160 ${middle(5) - 8} 160 H${width / 2 + 136}`} />
      <path
        className={styles.arrow}
        d={`M${width / 2 - 136} 160 H${middle(0) + 8} Q${middle(0)} 160 ${middle(0)} 152 V${bottom + 6}`}
        markerEnd="url(#loop-arrow)"
      />
      <text x={width / 2} y={164} className={styles.note} textAnchor="middle">
        the next iteration starts with the new model
      </text>
      {stations.map(({ id, name, note, Picture }, i) => (
        <g key={id} transform={`translate(${left(i)} ${box.top})`} className={isActive(id) ? styles.active : undefined}>
          <rect width={box.width} height={box.height} rx={6} className={styles.box} />
          <text x={box.width / 2} y={-10} className={styles.name} textAnchor="middle">
            {name}
          </text>
          <g transform="translate(20 10)">
            <Picture />
          </g>
          <text x={box.width / 2} y={box.height - 10} className={styles.note} textAnchor="middle">
            {note}
          </text>
        </g>
      ))}
    </svg>
  )
}
