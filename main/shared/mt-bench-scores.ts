import type { Figures } from './evaluation-settings.ts'

/** Figures of all judgements, and the same by turn ('1', '2') and by category. */
export interface ByPart {
  readonly all: Figures
  readonly turns: Readonly<Record<string, Figures>>
  readonly categories: Readonly<Record<string, Figures>>
}

const turnName = 'turn_'
const categoryName = 'category/'

/** An evaluation's figures: `score`, `turn_1/score`, `category/writing/score`. */
export function figuresByPart({ all, turns, categories }: ByPart): Figures {
  const named = (start: string, parts: ByPart['turns']): [string, number | null][] =>
    Object.entries(parts).flatMap(([name, figures]) =>
      Object.entries(figures).map(([figure, value]): [string, number | null] => [`${start}${name}/${figure}`, value]),
    )
  return { ...all, ...Object.fromEntries([...named(turnName, turns), ...named(categoryName, categories)]) }
}

/** The inverse. */
export function partsOfFigures(figures: Figures): ByPart {
  const partsAfter = (start: string): Record<string, Figures> => {
    const found = Object.entries(figures).flatMap(([key, value]) => {
      const end = key.lastIndexOf('/')
      return key.startsWith(start) && end > start.length ? [{ part: key.slice(start.length, end), figure: key.slice(end + 1), value }] : []
    })
    const parts = [...Map.groupBy(found, ({ part }) => part)]
    return Object.fromEntries(parts.map(([part, own]) => [part, Object.fromEntries(own.map(({ figure, value }) => [figure, value]))]))
  }
  const all = Object.fromEntries(Object.entries(figures).filter(([key]) => !key.includes('/')))
  return { all, turns: partsAfter(turnName), categories: partsAfter(categoryName) }
}
