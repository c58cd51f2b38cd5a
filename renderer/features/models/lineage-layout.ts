import type { ShownModel } from '../../../main/api/contract/runs.ts'

/** A model's place in the drawing. */
export interface LineageNode {
  readonly model: ShownModel
  readonly x: number
  readonly y: number
}

/** One model made from another. */
export interface LineageEdge {
  readonly from: LineageNode
  readonly to: LineageNode
  /** 'SFT', or 'DPO' with a reference model. */
  readonly method: string
  /** What it was trained on, in lines that fit beside the arrow. */
  readonly lines: readonly string[]
}

export interface Lineage {
  readonly nodes: readonly LineageNode[]
  readonly edges: readonly LineageEdge[]
  readonly width: number
  readonly height: number
}

export const nodeWidth = 136
export const nodeHeight = 64
const gap = 132 // room for what an edge says
const margin = 8
const rowHeight = 132
/** Where the first of an edge's lines stands below the arrow, and how far below it the next. */
export const linesTop = 18
export const lineHeight = 15

/**
 * Models from left to right in the order of their making: M0, M1, M2 ... on one line, and what is beside that line (the SFT baseline, made from M0
 * like M1) above it, in the column of what is made next.
 */
export function layOut(models: readonly ShownModel[]): Lineage {
  const main = models.filter(({ name }) => /^M\d+$/.test(name))
  const beside = models.filter(({ name }) => !/^M\d+$/.test(name))
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

/** Words in lines of about so many characters: an SVG breaks no lines itself. */
function inLines(text: string, length: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < length) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
