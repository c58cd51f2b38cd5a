import { describe, expect, it } from 'vitest'
import { runView } from '../../main/cli/run-view.ts'
import type { RunEvent } from '../../main/shared/run-events.ts'

const place = { iteration: 1, stage: 'candidates' as const }
const progress = (done: number): RunEvent => ({
  kind: 'progress',
  ...place,
  what: 'responses of M1',
  done,
  total: 1024,
  perSecond: 38.2,
  secondsLeft: 11,
})

function show(events: RunEvent[], isTTY: boolean): string {
  let text = ''
  const view = runView({ isTTY, columns: 200, write: (part) => (text += part) })
  for (const event of events) view(event)
  return text
}

describe('the view of a run', () => {
  it('shows one line per stage on a terminal, overwritten until the stage ends', () => {
    const text = show([progress(10), progress(612), { kind: 'stage-finished', ...place, seconds: 27, summary: {} }], true)
    const lines = text.split('\n')
    expect(lines).toHaveLength(2) // one line and its newline
    expect(lines[0]).toContain('\r\u001b[Kiteration 1  candidates 612 of 1024 responses of M1, 38.2/s, 11 s left')
    expect(lines[0].split('\r\u001b[K').at(-1)).toBe('iteration 1  candidates 27 s')
  })

  it('writes no control characters and only occasional progress elsewhere', () => {
    const text = show([progress(10), progress(612), { kind: 'warning', ...place, code: 'x', text: 'Mind the gap.' }], false)
    expect(text).toBe('  warning: Mind the gap.\n')
  })

  it('never wraps a line on a narrow terminal', () => {
    let text = ''
    runView({ isTTY: true, columns: 30, write: (part) => (text += part) })(progress(612))
    expect(text.replace('\r\u001b[K', '').length).toBeLessThan(30)
  })
})
