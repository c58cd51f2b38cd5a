/** How every chart draws its axes and its grid: quiet, in the text's size, and never moving. */

export const axisTick = { fontSize: 12, fill: 'var(--text-dim)' } as const

export const quietAxis = { tick: axisTick, tickLine: false, axisLine: { stroke: 'var(--border)' }, tickMargin: 4 } as const

/** A value axis has its grid and needs no line. */
export const valueAxis = { tick: axisTick, tickLine: false, axisLine: false, tickMargin: 4, width: 44 } as const

export const lightGrid = { vertical: false, stroke: 'var(--grid)' } as const

/** A line that means something: chance, zero. */
export const meaningfulLine = { stroke: 'var(--border-strong)', strokeDasharray: '4 3' } as const
