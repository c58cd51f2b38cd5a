import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { homePaths } from '../../main/common/home.ts'
import { resourceFile } from '../../main/common/resources.ts'
import { demoRecipe } from '../../main/demo/demo-run.ts'
import { promptSet } from '../../main/demo/demo-seed-data.ts'
import { saveModel } from '../../main/engine/model/formats/safetensors/save-model.ts'
import { openStore } from '../../main/store/store.ts'
import { tinyModel } from './tiny-model.ts'

const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

export interface DemoHome {
  readonly home: string
  readonly runId: string
  readonly remove: () => void
}

/**
 * A data folder like that of a finished demo run, created instantly: M0 to M3 exist and can answer, but all have the demo model's weights. With
 * `tiny`, they are placeholders that only a stand-in engine can load.
 */
export function demoHome({ tiny = false }: { readonly tiny?: boolean } = {}): DemoHome {
  const home = mkdtempSync(join(place, 'laurel-demo-'))
  const store = openStore(homePaths(home).database)
  const runId = store.runs.create({ name: 'tiny demo', recipe: demoRecipe(0, 'self') })
  const base = tiny ? tinyBase(home) : resourceFile('demo', 'model')
  const made = [
    { name: 'M1', initialisedFrom: 'M0', reference: null, data: '200 IFT and 500 EFT examples' },
    { name: 'M2', initialisedFrom: 'M1', reference: 'M1', data: '461 pairs of M1' },
    { name: 'M3', initialisedFrom: 'M2', reference: 'M2', data: '383 pairs of M2' },
  ]
  store.models.add({ runId, name: 'M0', path: base, initialisedFrom: null, reference: null, data: 'the base model', sha256: '0' })
  for (const model of made) {
    const path = join(homePaths(home).run(runId), 'models', model.name)
    mkdirSync(path, { recursive: true })
    cpSync(base, path, { recursive: true })
    store.models.add({ runId, path, sha256: model.name, ...model })
    const figures = { n: 90, wins: 50, ties: 10, losses: 30, unreadable: 0, win_rate: 0.61, low: 0.51, high: 0.7 }
    store.evaluations.addOfRun(runId, {
      model: model.name,
      kind: 'head-to-head',
      against: model.initialisedFrom,
      judge: 'M1',
      result: figures,
    })
  }
  for (const [position, instruction] of promptSet('test', 40, 1).entries())
    store.examples.add(runId, { kind: 'held-out', position, instruction })
  store.runs.setPlace(runId, 2, 'evaluate')
  store.jobs.end(runId, { state: 'finished', error: null })
  store.close()
  return { home, runId, remove: () => rmSync(home, { recursive: true, force: true }) }
}

function tinyBase(home: string): string {
  const folder = join(home, 'base')
  saveModel(folder, tinyModel())
  writeFileSync(join(folder, 'tokenizer.json'), '{}')
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ chat_template: '{{ messages }}' }))
  return folder
}
