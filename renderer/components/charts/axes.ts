/** Shared props of axes and grids. */

const axisTick = { fontSize: 12, fill: 'var(--text-dim)' } as const

export const quietAxis = { tick: axisTick, tickLine: false, axisLine: { stroke: 'var(--border)' }, tickMargin: 4 } as const

/** A value axis has grid lines, so it needs no axis line. */
export const valueAxis = { tick: axisTick, tickLine: false, axisLine: false, tickMargin: 4, width: 44 } as const

export const lightGrid = { vertical: false, stroke: 'var(--grid)' } as const

/** A reference line: chance, zero. */
export const meaningfulLine = { stroke: 'var(--border-strong)', strokeDasharray: '4 3' } as const
