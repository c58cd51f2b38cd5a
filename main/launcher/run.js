import { spawn } from 'node:child_process'

/** npm's variables about the script that started this process would mislead an npm started from here. */
function environment() {
  const leftOut = /^npm_(config_(local_prefix|prefix|global_prefix)|package_|lifecycle_|command|execpath)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !leftOut.test(name)))
}

/**
 * How to start a program. On Windows, npm is a .cmd file, which needs a shell, and a shell needs quotes around arguments with spaces;
 * other programs are started without a shell.
 * @returns {{ program: string, args: readonly string[], shell: boolean }}
 */
export function invocation(program, args, platform = process.platform) {
  const command = platform === 'win32' && program === 'npm' ? 'npm.cmd' : program
  if (platform !== 'win32' || !/\.(cmd|bat)$/i.test(command)) return { program: command, args, shell: false }
  return { program: quoted(command), args: args.map(quoted), shell: true }
}

/** Quoting for cmd.exe. A backslash before the closing quote would escape it, so it is doubled. */
const quoted = (text) => (/^[\w.:\\/@=-]+$/.test(text) ? text : `"${text.replaceAll('"', '""').replace(/(\\+)$/, '$1$1')}"`)

/**
 * Run a program to its end without showing its output. If it fails or doesn't exist, throws an error with the relevant lines of its output.
 * @returns {Promise<void>}
 */
export function runQuietly(program, args, cwd, { seconds } = {}) {
  return new Promise((resolve, reject) => {
    const { program: command, args: given, shell } = invocation(program, args)
    const child = spawn(command, given, {
      cwd,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      shell,
      timeout: seconds && seconds * 1000,
    })
    let output = ''
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', (error) => reject(new Error(`${program}: ${error.message}`)))
    child.once('close', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`${program} ${args[0]}: ${signal ?? `exit code ${code}`}\n${firstLines(output)}`))
    })
  })
}

/** A failing npm prints the reason first, then its long usage text. */
const firstLines = (output) => {
  const lines = output.trim().split('\n')
  const telling = lines.filter((line) => !line.startsWith('npm warn'))
  return telling.slice(0, 15).join('\n')
}

/**
 * Run a program in place of this one: same terminal, signals passed on, same exit code. If this process is killed, the
 * program ends too if `watched` (it watches the channel).
 * @returns {Promise<number>} the exit code; never returns if a signal ended the program, because this process then ends the same way.
 */
export function handOver(program, args, { cwd, watched = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['inherit', 'inherit', 'inherit', ...(watched ? ['ipc'] : [])] })
    const stopListening = passSignals(child)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      stopListening()
      if (signal) process.kill(process.pid, signal)
      else resolve(code ?? 1)
    })
  })
}

/** Ctrl-C already reaches every process at the terminal; passed on, it would arrive twice, and the second one means "exit immediately". */
function passSignals(child) {
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  const listeners = {
    SIGINT: () => atTerminal || child.kill('SIGINT'),
    SIGTERM: () => child.kill('SIGTERM'),
    SIGHUP: () => child.kill('SIGHUP'),
  }
  for (const [signal, listener] of Object.entries(listeners)) process.on(signal, listener)
  return () => {
    for (const [signal, listener] of Object.entries(listeners)) process.off(signal, listener)
  }
}
