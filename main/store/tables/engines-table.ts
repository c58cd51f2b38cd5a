import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type ConfiguredEngine, type EngineSettings, type EngineTest, engineSettings, engineTest } from '../../shared/engine-settings.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { command, jsonColumn, query } from '../database/statement.ts'

const engineRow = z.object({
  name: z.string(),
  settings: jsonColumn(engineSettings),
  addedAt: z.string(),
  test: jsonColumn(engineTest).nullable(),
})

/** The engines that the user has configured, without their keys. */
export function enginesTable(db: Database) {
  const columns = 'name, settings, added_at AS addedAt, test'
  const all = query(db, engineRow, `SELECT ${columns} FROM engines ORDER BY added_at, name`)
  const one = query(db, engineRow, `SELECT ${columns} FROM engines WHERE name = @name`)
  const insert = command(
    db,
    'INSERT INTO engines (name, settings, added_at) VALUES (@name, @settings, @addedAt) ON CONFLICT (name) DO NOTHING',
  )
  const setTest = command(db, 'UPDATE engines SET test = @test WHERE name = @name')
  const setTestOf = db.transaction(({ name, settings }: ConfiguredEngine, test: EngineTest): boolean => {
    const now = one.get({ name }) // as read: settings of an earlier version lack what has a default by now
    if (now === undefined || JSON.stringify(now.settings) !== JSON.stringify(settings)) return false
    return setTest({ name, test: JSON.stringify(test) }) > 0
  })
  const setSettings = command(db, 'UPDATE engines SET settings = @settings, test = @test WHERE name = @name')
  const remove = command(db, 'DELETE FROM engines WHERE name = @name')
  return {
    list: (): ConfiguredEngine[] => all.all({}),
    find: (name: string): ConfiguredEngine | undefined => one.get({ name }),
    /** Throws NOT_FOUND. */
    resolve(name: string): ConfiguredEngine {
      const found = one.get({ name })
      if (found === undefined) throw new LaurelError('NOT_FOUND', `There is no engine ${name}.`, 'List all engines: laurel engine list.')
      return found
    },
    /** Throws BAD_INPUT if the name is taken. */
    add(name: string, settings: EngineSettings): void {
      if (insert({ name, settings: JSON.stringify(settings), addedAt: new Date().toISOString() }) > 0) return
      throw badInput(`There is an engine ${name} already.`, 'Choose another name, or remove that one first.')
    },
    /** Stores a test, unless the engine has other settings by now. */
    setTest: (engine: ConfiguredEngine, test: EngineTest): boolean => setTestOf.immediate(engine, test),
    /** Other settings, and the newest test that holds for them. */
    setSettings: (name: string, settings: EngineSettings, test: EngineTest | null): boolean =>
      setSettings({ name, settings: JSON.stringify(settings), test: test && JSON.stringify(test) }) > 0,
    remove: (name: string): boolean => remove({ name }) > 0,
  }
}
