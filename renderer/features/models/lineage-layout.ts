import type { ShownModel } from '../../../main/shared/contract/runs-contract.ts'
import { modelNumber } from '../../../main/shared/model-number.ts'

/** A model's position in the graph. */
export interface LineageNode {
  readonly model: ShownModel
  readonly x: number
  readonly y: number
}

/** A model trained from another. */
export interface LineageEdge {
  readonly from: LineageNode
  readonly to: LineageNode
  /** 'SFT', or 'DPO' with a reference model. */
  readonly method: string
  /** The training data, in lines that fit next to the arrow. */
  readonly lines: readonly string[]
}

export interface Lineage {
  readonly nodes: readonly LineageNode[]
  readonly edges: readonly LineageEdge[]
  readonly width: number
  readonly height: number
}

export const nodeWidth = 152
export const nodeHeight = 80
const gap = 124 // room for an edge's labels
const margin = 8
const rowHeight = 132
/** Distance of an edge's first line from the arrow, and the line height. */
export const linesTop = 18
export const lineHeight = 15

/**
 * Lays out models from left to right in the order of creation: M0, M1, M2, ... in one row, and others (the SFT baseline, trained from M0 like
 * M1) above it, in the column of the next model.
 */
export function layOut(models: readonly ShownModel[]): Lineage {
  const main = models.filter(({ name }) => modelNumber(name) !== null)
  const beside = models.filter(({ name }) => modelNumber(name) === null)
  const mainY = margin + (beside.length > 0 ? rowHeight : 0)
  const columnX = (column: number): number => margin + column * (nodeWidth + gap)
  const nodes: LineageNode[] = [
    ...main.map((model, column) => ({ model, x: columnX(column), y: mainY })),
    ...beside.map((model, i) => ({ model, x: columnX(1 + i), y: margin })),
  ]
  const byName = new Map(nodes.map((node) => [node.model.name, node]))
  const edges = nodes.flatMap((to): LineageEdge[] => {
    const from = byName.get(to.model.initialised_from ?? '')
    if (from === undefined) return []
    return [{ from, to, method: to.model.reference === null ? 'SFT' : 'DPO', lines: inLines(to.model.data, 18) }]
  })
  const columns = Math.max(main.length, 1 + beside.length)
  const longest = Math.max(0, ...edges.map(({ lines }) => lines.length))
  return {
    nodes,
    edges,
    width: columnX(columns) - gap + margin,
    height: mainY + Math.max(nodeHeight, nodeHeight / 2 + linesTop + lineHeight * longest) + margin,
  }
}

/** Wraps text into lines of about `length` characters, because SVG doesn't wrap text. */
function inLines(text: string, length: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < length) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
