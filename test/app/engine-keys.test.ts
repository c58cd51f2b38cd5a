import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { engineKeys, keyVariableOf } from '../../main/app/engines/engine-keys.ts'
import { enginesApi } from '../../main/app/engines/engines.ts'
import { Secret } from '../../main/common/secret.ts'
import { keyVault } from '../../main/desktop/key-vault.ts'
import { enginesContract, shownEngine } from '../../main/shared/contract/engines-contract.ts'
import { toErrorValue } from '../../main/shared/errors.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { serverEngine } from '../support/configured-engines.ts'

const key = 'sk-0123456789-very-secret'
let home: string
let store: Store
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laurel-keys-'))
  store = openStore(join(home, 'laurel.db'))
})
afterEach(() => {
  store.close()
  rmSync(home, { recursive: true, force: true })
})

const big = serverEngine('big', {})
const env: NodeJS.ProcessEnv = {}

/** Everything in the data folder, as text. */
const everything = (): string =>
  readdirSync(home)
    .map((name) => readFileSync(join(home, name), 'latin1'))
    .join('\n')

/** Electron's storage: reversible, and not the text itself. */
const storage = (backend = 'gnome_libsecret') => ({
  isEncryptionAvailable: () => true,
  getSelectedStorageBackend: () => backend,
  encryptString: (text: string) => Buffer.from([...text].reverse().join('')),
  decryptString: (sealed: Buffer) => [...sealed.toString()].reverse().join(''),
})

describe('a key', () => {
  it('is a placeholder however it is printed or stored', () => {
    const secret = new Secret(key)
    expect(`${secret} ${JSON.stringify({ secret })} ${inspect({ secret })} ${String(secret)}`).not.toContain(key)
    expect(secret.reveal()).toBe(key)
    expect(secret.hideIn(`rejected: ${key}, ${key}`)).toBe('rejected: [secret], [secret]')
  })

  it('is stored in a file that only this user can read, and is for one address', () => {
    const keys = engineKeys(home, { env })
    keys.set(big, `  ${key}\n`)
    expect(keys.keyOf(big)?.reveal()).toBe(key)
    expect(keys.sourceOf(big)).toBe('file')
    if (process.platform !== 'win32') expect(statSync(join(home, 'engine-keys.json')).mode & 0o777).toBe(0o600)
    const elsewhere = serverEngine('big', {}, 'http://10.0.0.1/v1')
    expect(keys.keyOf(elsewhere)).toBeNull()
    keys.remove('big')
    expect(keys.keyOf(big)).toBeNull()
    expect(everything()).not.toContain(key)
  })

  it('from the environment takes precedence: the variable that the settings name, or that of the name', () => {
    const keys = engineKeys(home, { env: { MY_KEY: 'from-mine', [keyVariableOf('big')]: 'from-name' } })
    keys.set(big, key)
    expect(keys.keyOf(big)?.reveal()).toBe('from-name')
    const named = { ...big, settings: { ...big.settings, key_variable: 'MY_KEY' } }
    expect(keys.keyOf(named)?.reveal()).toBe('from-mine')
    expect(keys.sourceOf(named)).toBe('environment')
    expect(keyVariableOf('my-big.one')).toBe('LAUREL_ENGINE_KEY_MY_BIG_ONE')
  })

  it.each(['sk-secret\nsk-rest', 'sk-secret rest', 'sk-secret\u00e9'])(
    'in a variable must be a single word, and the error names the variable and never shows the text: %j',
    (text) => {
      const named = { ...big, settings: { ...big.settings, key_variable: 'MY_KEY' } }
      for (const engine of [named, big]) {
        const variable = engine.settings.key_variable ?? keyVariableOf('big')
        const keyOf = () => engineKeys(home, { env: { [variable]: text } }).keyOf(engine)
        expect(keyOf).toThrow(expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining(variable) }))
        expect(keyOf).toThrow(expect.objectContaining({ message: expect.not.stringContaining('sk-secret') }))
      }
    },
  )

  it('in a variable may end with a line break, as a file does, and one of spaces alone is none', () => {
    const keyIn = (text: string) => engineKeys(home, { env: { [keyVariableOf('big')]: text } }).keyOf(big)
    expect(keyIn(`${key}\r\n`)?.reveal()).toBe(key)
    expect(keyIn(' \n')).toBeNull()
  })

  it('is sealed by the operating system in the window, and a terminal says so instead of failing without a word', () => {
    const desktop = engineKeys(home, { env, vault: keyVault(storage(), 'linux') })
    desktop.set(big, key)
    expect(desktop.sourceOf(big)).toBe('keyring')
    expect(desktop.keyOf(big)?.reveal()).toBe(key)
    expect(everything()).not.toContain(key)
    expect(() => engineKeys(home, { env }).keyOf(big)).toThrow(/stored by the desktop application/)
  })

  it('isn’t sealed on Linux without a keyring, where Electron’s password is known to everyone: the file is private instead', () => {
    for (const backend of ['basic_text', 'unknown']) {
      const keys = engineKeys(home, { env, vault: keyVault(storage(backend), 'linux') })
      keys.set(big, key)
      expect(keys.sourceOf(big)).toBe('file')
    }
    expect(keyVault(storage('basic_text'), 'darwin').isAvailable()).toBe(true)
    expect(keyVault({ ...storage(), isEncryptionAvailable: () => false }, 'win32').isAvailable()).toBe(false)
  })

  it('that is sealed by another user’s keyring, or a damaged file, gives one clear error without its text', () => {
    const broken = { ...storage(), decryptString: () => { throw new Error(key) } } // biome-ignore format: one line
    engineKeys(home, { env, vault: keyVault(storage(), 'linux') }).set(big, key)
    expect(() => engineKeys(home, { env, vault: keyVault(broken, 'linux') }).keyOf(big)).toThrow(/only that can read it/)
    writeFileSync(join(home, 'engine-keys.json'), `{"big": "${key}`)
    const error = toErrorValue((() => { try { return engineKeys(home, { env }).keyOf(big) } catch (thrown) { return thrown } })()) // biome-ignore format: one line
    expect(error).toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining("isn't a file of keys") })
    expect(JSON.stringify(error)).not.toContain(key)
    writeFileSync(join(home, 'engine-keys.json'), JSON.stringify({ big: { address: big.settings.address, plain: `${key}\nx` } }))
    expect(() => engineKeys(home, { env }).keyOf(big)).toThrow(/isn't a file of keys/)
  })

  it('must be a single word, so that it can be a header', () => {
    expect(() => engineKeys(home, { env }).set(big, 'two words')).toThrow(/single word/)
    expect(() => engineKeys(home, { env }).set(big, '')).toThrow(/single word/)
  })
})

describe('engines', () => {
  it('never show a key, and never store one in the database', () => {
    const engines = enginesApi(store, engineKeys(home, { env }))
    engines.add('big', big.settings, key)
    const shown = engines.list()
    expect(JSON.stringify(shown)).not.toContain(key)
    expect(shown).toMatchObject([{ name: 'big', key: 'file', test: null, judges: null }])
    const database = readdirSync(home)
      .filter((name) => name.startsWith('laurel.db'))
      .map((name) => readFileSync(join(home, name), 'latin1'))
    expect(database.join('')).not.toContain(key)
    expect(shownEngine.parse(shown[0])).toEqual(shown[0])
    expect(Object.keys(enginesContract)).not.toContain('key')
  })

  it('have distinct names that aren’t this machine’s', () => {
    const engines = enginesApi(store, engineKeys(home, { env }))
    engines.add('big', big.settings, null)
    expect(() => engines.add('big', big.settings, null)).toThrow('There is an engine big already.')
    expect(() => engines.add('local', big.settings, null)).toThrow('local is this machine.')
    expect(() => engines.add('two words', big.settings, null)).toThrow(/can't be called/)
    expect(() => engines.remove('none')).toThrow('There is no engine none.')
  })

  it('that can’t store their key aren’t added', () => {
    const engines = enginesApi(store, engineKeys(home, { env }))
    expect(() => engines.add('big', big.settings, 'two words')).toThrow(/single word/)
    expect(engines.list()).toEqual([])
  })

  it('take their key along when they are removed', () => {
    const engines = enginesApi(store, engineKeys(home, { env }))
    engines.add('big', big.settings, key)
    engines.remove('big')
    expect(everything()).not.toContain(key)
  })
})
