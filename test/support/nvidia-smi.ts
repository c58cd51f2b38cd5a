import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/**
 * Runs `work` with a stand-in for NVIDIA's nvidia-smi in front of the PATH that prints `lines`, or that fails if the query names the field
 * `refuses`. Null: no such program. Other programs are found as before.
 */
export async function withNvidiaSmi(lines: string | null, work: () => Promise<void>, { refuses = '' } = {}): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-nvidia-smi-'))
  const before = process.env.PATH
  const check = refuses === '' ? '' : `case "$*" in *${refuses}*) echo 'Field is not a valid field to query.'; exit 2;; esac\n`
  if (lines !== null) writeFileSync(join(folder, 'nvidia-smi'), `#!/bin/sh\n${check}/bin/cat <<'END'\n${lines}END\n`, { mode: 0o755 })
  process.env.PATH = lines === null ? folder : `${folder}${delimiter}${before}`
  try {
    await work()
  } finally {
    process.env.PATH = before
    rmSync(folder, { recursive: true, force: true })
  }
}
