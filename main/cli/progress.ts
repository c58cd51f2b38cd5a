/** Milliseconds between two reports. A terminal overwrites the line; elsewhere, lines pile up. */
const pace = { terminal: 200, file: 10_000 }

export interface Progress {
  /** Reports the number done. `detail` is appended to the line. */
  update(done: number, detail?: string): void
  /** Prints the final line, which stays on the screen. */
  finish(detail?: string): void
}

/** Progress of a long command on standard error, such as `responses 12/64 (19%)`. */
export function progressLine(label: string, total: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  const interval = stream.isTTY ? pace.terminal : pace.file
  let lastShown = performance.now()
  let last = 0

  const show = (detail: string, final: boolean) => {
    const share = total === 0 ? '' : ` (${Math.floor((100 * last) / total)}%)`
    const text = `${label} ${last}/${total}${share}${detail && `, ${detail}`}`
    stream.write(stream.isTTY ? `\r\u001b[K${text}${final ? '\n' : ''}` : `${text}\n`)
  }

  return {
    update(done, detail = '') {
      last = done
      if (performance.now() - lastShown < interval) return
      lastShown = performance.now()
      show(detail, false)
    },
    finish: (detail = '') => show(detail, true),
  }
}
