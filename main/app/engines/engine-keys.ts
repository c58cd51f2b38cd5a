import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceFile } from '../../common/replace-file.ts'
import { headerWord, Secret } from '../../common/secret.ts'
import type { ConfiguredEngine } from '../../shared/engine-settings.ts'
import { badInput, type LaurelError } from '../../shared/errors.ts'

/** The operating system's encryption for this user. */
export interface KeyVault {
  /** Whether what it seals is safe from other programs' users: without a keyring, it isn't. */
  isAvailable(): boolean
  seal(text: string): string
  unseal(sealed: string): string
}

/** A key on disk. It is for one address, so that an engine of the same name elsewhere never gets it. */
const storedKey = z.object({ address: z.string(), sealed: z.string().optional(), plain: z.string().regex(headerWord).optional() })
const storedKeys = z.record(z.string(), storedKey)

/** Where an engine's key is from; null: it has none. */
export type KeySource = 'environment' | 'keyring' | 'file' | null

/**
 * The keys of engines. The window keeps them sealed by the operating system; without that, they are in a file of the data folder that only
 * this user can read. A variable of the environment takes precedence: the one that the engine's settings name, or LAUREL_ENGINE_KEY_NAME.
 */
export function engineKeys(home: string, { vault, env = process.env }: { vault?: KeyVault; env?: NodeJS.ProcessEnv } = {}) {
  const path = join(home, 'engine-keys.json')

  function read(): z.output<typeof storedKeys> {
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch {
      return {} // there are none
    }
    try {
      return storedKeys.parse(JSON.parse(text))
    } catch {
      throw badInput(`${path} isn't a file of keys.`, 'Delete it, then set the keys again.') // never its text
    }
  }

  const write = (keys: z.output<typeof storedKeys>): void => replaceFile(path, JSON.stringify(keys), { mode: 0o600 })

  /** The variable that holds an engine's key. */
  const variableOf = ({ name, settings }: ConfiguredEngine): string | undefined =>
    [settings.key_variable, keyVariableOf(name)].find((variable) => variable !== null && env[variable]?.trim()) ?? undefined

  const stored = ({ name, settings }: ConfiguredEngine): z.output<typeof storedKey> | undefined => {
    const key = read()[name]
    return key?.address === settings.address ? key : undefined
  }

  return {
    /** Throws BAD_INPUT if it was stored by the window and can be read only there, or if a variable holds something else than a key. */
    keyOf(engine: ConfiguredEngine): Secret | null {
      const variable = variableOf(engine)
      if (variable !== undefined) return new Secret(keyIn(env[variable], `The variable ${variable}`, 'Set it to the key alone.'))
      const key = stored(engine)
      if (key?.plain !== undefined) return new Secret(key.plain)
      if (key?.sealed === undefined) return null
      if (vault === undefined) throw unreadable(engine.name)
      try {
        return new Secret(vault.unseal(key.sealed))
      } catch {
        throw unreadable(engine.name)
      }
    },
    sourceOf(engine: ConfiguredEngine): KeySource {
      if (variableOf(engine) !== undefined) return 'environment'
      const key = stored(engine)
      return key === undefined ? null : key.sealed === undefined ? 'file' : 'keyring'
    },
    set({ name, settings }: ConfiguredEngine, key: string): void {
      const text = keyIn(key, 'A key', 'Enter the key again.')
      const { address } = settings
      const isSealed = vault?.isAvailable() === true
      write({ ...read(), [name]: isSealed ? { address, sealed: vault.seal(text) } : { address, plain: text } })
    },
    remove(name: string): void {
      const { [name]: removed, ...others } = read()
      if (removed !== undefined) write(others)
    },
  }
}
export type EngineKeys = ReturnType<typeof engineKeys>

/** The variable that holds an engine's key if its settings name no other. */
export const keyVariableOf = (name: string): string => `LAUREL_ENGINE_KEY_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`

/** Throws BAD_INPUT if a text can't be a key, never with the text. */
function keyIn(text: string | undefined, what: string, remedy: string): string {
  const key = text?.trim() ?? ''
  if (headerWord.test(key)) return key
  throw badInput(`${what} must be a single word of printable characters.`, remedy)
}

const unreadable = (name: string): LaurelError =>
  badInput(
    `The key of engine ${name} was stored by the desktop application, and only that can read it.`,
    `Set the variable ${keyVariableOf(name)}, or store it again here: laurel engine key ${name}.`,
  )
