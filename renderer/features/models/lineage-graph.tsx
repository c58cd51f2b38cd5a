import { type KeyboardEvent, useRef } from 'react'
import type { ShownModel } from '../../../main/shared/contract/runs-contract.ts'
import { judgedText } from '../../components/comparisons.ts'
import { percent } from '../../components/format.ts'
import { modelColor } from '../../components/model-badge.tsx'
import styles from './lineage.module.css'
import { type LineageEdge, type LineageNode, layOut, lineHeight, linesTop, nodeHeight, nodeWidth } from './lineage-layout.ts'

interface LineageGraphProps {
  readonly models: readonly ShownModel[]
  readonly selected: string
  readonly onSelect: (name: string) => void
}

/** The lineage of a run's models. Arrow keys move between them. */
export function LineageGraph({ models, selected, onSelect }: LineageGraphProps) {
  const { nodes, edges, width, height } = layOut(models)
  const root = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' || event.key === 'ArrowDown' ? 1 : event.key === 'ArrowLeft' || event.key === 'ArrowUp' ? -1 : 0
    const next = nodes[nodes.findIndex(({ model }) => model.name === selected) + by]
    if (by === 0 || next === undefined) return
    event.preventDefault()
    onSelect(next.model.name)
    root.current?.querySelector<SVGGElement>(`[data-model="${next.model.name}"]`)?.focus()
  }
  return (
    <div ref={root} className={styles.scroller} role="radiogroup" aria-label="Models of the run, in order of creation" onKeyDown={move}>
      <svg className={styles.graph} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="presentation">
        {edges.map((edge) => (
          <Edge key={edge.to.model.name} edge={edge} />
        ))}
        {nodes.map((node) => (
          <Node key={node.model.name} node={node} isSelected={node.model.name === selected} onSelect={() => onSelect(node.model.name)} />
        ))}
      </svg>
    </div>
  )
}

function Node({ node: { model, x, y }, isSelected, onSelect }: { node: LineageNode; isSelected: boolean; onSelect: () => void }) {
  const { name } = model
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== ' ') return
    event.preventDefault()
    onSelect()
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no inputs
    <g
      className={styles.node}
      role="radio"
      aria-checked={isSelected}
      aria-label={[name, model.data, ...figureOf(model)].join(', ')}
      tabIndex={isSelected ? 0 : -1}
      data-model={name}
      transform={`translate(${x} ${y})`}
      onClick={onSelect}
      onKeyDown={onKeyDown}
    >
      <rect className={styles.box} width={nodeWidth} height={nodeHeight} rx={6} />
      <rect className={styles.band} width={6} height={nodeHeight} rx={3} style={{ fill: modelColor(name) }} />
      <text className={styles.name} x={18} y={26}>
        {name}
      </text>
      {figureOf(model).map((line, i) => (
        <text key={line} className={styles.figure} x={18} y={47 + 17 * i}>
          {line}
        </text>
      ))}
    </g>
  )
}

/** A model's key figure: its win rate against its predecessor with the 95% interval in percent and its judge, or else its role. */
function figureOf({ name, win_rates, initialised_from, deleted }: ShownModel): string[] {
  if (deleted) return ['deleted']
  const rate = win_rates.find(({ against }) => against === initialised_from) ?? win_rates[0]
  if (rate !== undefined) {
    const spread = rate.low === null || rate.high === null ? '' : ` (${Math.round(100 * rate.low)}–${Math.round(100 * rate.high)})`
    return [`${percent(rate.win_rate)} v ${rate.against}${spread}`, judgedText(rate)]
  }
  return [name === 'M0' ? 'base model' : name === 'SFT' ? 'baseline' : 'not compared']
}

function Edge({ edge: { from, to, method, lines } }: { readonly edge: LineageEdge }) {
  const [x1, y1] = [from.x + nodeWidth, from.y + nodeHeight / 2]
  const [x2, y2] = [to.x - 6, to.y + nodeHeight / 2]
  const middle = (x1 + x2) / 2
  return (
    <g aria-hidden>
      <path className={styles.edge} d={`M ${x1} ${y1} C ${middle} ${y1}, ${middle} ${y2}, ${x2} ${y2}`} />
      <path className={styles.arrow} d={`M ${x2} ${y2 - 4} l 6 4 l -6 4 z`} />
      <text className={styles.method} x={middle} y={(y1 + y2) / 2 - 8}>
        {method}
      </text>
      {lines.map((line, i) => (
        <text key={line} className={styles.data} x={middle} y={(y1 + y2) / 2 + linesTop + lineHeight * i}>
          {line}
        </text>
      ))}
    </g>
  )
}
