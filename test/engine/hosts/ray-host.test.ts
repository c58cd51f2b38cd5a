import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { crc32 } from 'node:zlib'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { clusterCode, zipOf } from '../../../main/engine/hosts/ray/cluster-code.ts'
import { clusterModels } from '../../../main/engine/hosts/ray/cluster-models.ts'
import { clusterNumerics } from '../../../main/engine/hosts/ray/cluster-numerics.ts'
import { type GenerateRequest, generatedItem } from '../../../main/engine/hosts/ray/cluster-protocol.ts'
import { clusterSession } from '../../../main/engine/hosts/ray/cluster-session.ts'
import { clusterTraining } from '../../../main/engine/hosts/ray/cluster-training.ts'
import { clusterItems } from '../../../main/engine/hosts/ray/cluster-work.ts'
import { jobsApi } from '../../../main/engine/hosts/ray/jobs-api.ts'
import { storageFolder } from '../../../main/engine/hosts/ray/shared-storage.ts'
import { testCluster } from '../../../main/engine/hosts/ray/test-cluster.ts'
import { trainConfig } from '../../../main/shared/train-config.ts'
import { saveClusterModel } from '../../support/cluster-model.ts'
import { fakeFiles } from '../../support/fake-numerics.ts'
import { type Answering, Refusal, type StandInCluster, standInCluster } from '../../support/stand-in-cluster.ts'

const patience = { look: { least: 2, most: 10 }, jobLook: 5, unreachable: 60_000 }

const request = (count = 3): GenerateRequest => ({
  ...{ kind: 'generate', model: 'm', precision: 'float32', stopTokens: [2] },
  rows: Array.from({ length: count }, (_, i) => ({ ids: [1], seeds: [i], room: 4 })),
  sampling: { temperature: 0, topP: 1, topK: 0, minNewTokens: 0, stop: [] },
})

const item = (row: number) => ({ row, sample: 0, tokenIds: [row], finishReason: 'stop' })
const inTwoParts: Answering = ({ rows }) => [[item(0)], rows.slice(1).map((_, i) => item(i + 1))]

describe('the Ray host', () => {
  let cluster: StandInCluster
  afterEach(() => cluster.close())

  const start = async (answering: Answering): Promise<void> => {
    cluster = await standInCluster(answering)
  }
  const work = (token?: string, unreachable = patience.unreachable) => {
    const { store, address, folder } = cluster
    const limits = { ...patience, unreachable }
    return {
      store,
      patience: limits,
      session: clusterSession({ jobs: jobsApi({ address, token }), store, storage: folder, name: 'home', patience: limits }),
    }
  }
  const itemsOf = (asked = request(), signal?: AbortSignal) => Array.fromAsync(clusterItems(work(), asked, generatedItem, { signal }))

  it('answers a request with the items of its job, which is submitted once', async () => {
    await start(inTwoParts)
    expect(await itemsOf()).toEqual([0, 1, 2].map(item))
    expect(await itemsOf(request(2))).toEqual([0, 1].map(item))
    expect(cluster.jobs.map(({ submission_id }) => submission_id)).toEqual(['laurel-home-0'])
    expect(cluster.packages.size).toBe(1)
  })

  it("doesn't have a request computed twice", async () => {
    let count = 0
    await start((asked, id) => {
      count++
      return inTwoParts(asked, id)
    })
    await itemsOf()
    expect(await itemsOf()).toEqual([0, 1, 2].map(item))
    expect(count).toBe(1)
  })

  it('begins with what is stored when its job dies and is started again', async () => {
    let attempts = 0
    await start((_, id) => {
      if (++attempts > 1) return [[item(1), item(2)]]
      cluster.store.write(`results/${id}/00000000-x.jsonl`, `${JSON.stringify(item(0))}\n`)
      throw new Error('killed by signal 9')
    })
    expect(await itemsOf()).toEqual([0, 1, 2].map(item))
    expect(cluster.jobs).toHaveLength(2)
  })

  it('gives up with the last words of a job that keeps dying', async () => {
    await start(() => {
      throw new Error('exit code 1')
    })
    await expect(itemsOf()).rejects.toMatchObject({ code: 'ENGINE_LOST', message: expect.stringContaining('its last words') })
    expect(cluster.jobs).toHaveLength(4)
  })

  const idle = { status: 'SUCCEEDED', output: 'nothing came for five minutes' } as const
  it.each([
    ['answering a request', () => itemsOf()],
    ['saying what the cluster is', () => work().session.info()],
  ])('gives up on a job that keeps ending as if there were nothing to do instead of %s', async (_, ask) => {
    await start(inTwoParts)
    cluster.endings.push(idle, idle, idle, idle)
    const message = expect.stringMatching(/laurel-home-3 ended without an answer.*nothing came for five minutes/s)
    await expect(ask()).rejects.toMatchObject({ code: 'ENGINE_LOST', message, remedy: expect.stringContaining('storage') })
    expect(cluster.jobs).toHaveLength(4)
  })

  it('submits a job again that ended because nothing came for a while', async () => {
    await start(inTwoParts)
    const asked = work()
    for (const count of [1, 2, 3, 4, 5, 6]) {
      expect(await Array.fromAsync(clusterItems(asked, request(count), generatedItem))).toHaveLength(count)
      cluster.jobs[count - 1].status = 'SUCCEEDED'
    }
  })

  it.each([
    ['answering a request', () => itemsOf()],
    ['saying what the cluster is', () => work().session.info()],
  ])("fails with the job's own reason instead of %s, without another attempt", async (_, ask) => {
    await start(inTwoParts)
    const error = { code: 'NOT_FOUND', message: "Node n doesn't see /mnt/laurel-1.", remedy: 'Mount it.' }
    cluster.endings.push({ status: 'FAILED', output: `INFO ray\nlaurel-error ${JSON.stringify(error)}\nINFO ray again` })
    await expect(ask()).rejects.toMatchObject(error)
    expect(cluster.jobs).toHaveLength(1)
  })

  it("throws the job's error, and tries again when asked again", async () => {
    let attempts = 0
    await start((asked, id) => {
      if (++attempts === 1) throw new Refusal({ code: 'OUT_OF_MEMORY', message: 'too large', remedy: 'Use more nodes.' })
      return inTwoParts(asked, id)
    })
    await expect(itemsOf()).rejects.toMatchObject({ code: 'OUT_OF_MEMORY', remedy: 'Use more nodes.' })
    expect(await itemsOf()).toHaveLength(3)
  })

  it('leaves word for the job when the user stops, and continues later', async () => {
    const abort = new AbortController()
    const seen = Promise.withResolvers<string>()
    await start(async (asked, own) => {
      if (!abort.signal.aborted) {
        abort.abort()
        while (!cluster.store.exists(`results/${own}/stop`)) await new Promise((resolve) => setTimeout(resolve, 2))
        seen.resolve(own)
        return null
      }
      return inTwoParts(asked, own)
    })
    await expect(itemsOf(request(), abort.signal)).rejects.toMatchObject({ code: 'STOPPED' })
    expect(cluster.store.exists(`results/${await seen.promise}/end.json`)).toBe(false)
    expect(await itemsOf()).toHaveLength(3)
  })

  it('waits while the dashboard is away for a moment, or starts', async () => {
    await start(inTwoParts)
    const starting = { status: 500, text: 'Traceback:\nNo available agent to submit job, please try again later.' }
    cluster.faults.push({ status: 503 }, { status: 502 }, starting, { status: 503 })
    expect(await itemsOf()).toHaveLength(3)
  })

  it('says what a dashboard answers that never gets ready', async () => {
    await start(inTwoParts)
    cluster.faults.push(...Array.from({ length: 1000 }, () => ({ status: 500, text: 'Traceback:\nNo available agent' })))
    const items = Array.fromAsync(clusterItems(work(undefined, 50), request(), generatedItem))
    await expect(items).rejects.toMatchObject({ code: 'ENGINE_LOST', message: expect.stringContaining('status 500 No available agent') })
  })

  it('gives up when the dashboard stays away', async () => {
    await start(() => new Promise(() => {}))
    const items = Array.fromAsync(clusterItems(work(undefined, 50), request(), generatedItem))
    while (cluster.jobs.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    cluster.faults.push(...Array.from({ length: 1000 }, () => ({ status: 503 })))
    await expect(items).rejects.toMatchObject({ code: 'ENGINE_LOST', message: expect.stringContaining('no answer') })
  })

  it('replaces a job of another version of Laurel', async () => {
    await start(inTwoParts)
    await itemsOf()
    cluster.jobs[0].metadata.laurel_code = 'older.zip'
    await itemsOf(request(1))
    expect(cluster.jobs.map(({ status }) => status)).toEqual(['STOPPED', 'RUNNING'])
  })

  it('says what the cluster is', async () => {
    await start(inTwoParts)
    expect(await work().session.info()).toMatchObject({ job: 'laurel-home-0', nodes: 2, gpus: 0 })
  })

  const tested = ({ address = cluster.address, limit = 60_000, signal = new AbortController().signal } = {}) => {
    const settings = { kind: 'ray', address, storage: cluster.folder, folder: null, key_variable: null } as const
    return testCluster(settings, undefined, signal, { look: 2, limit })
  }

  it('is tested by a job that says what the nodes are, and leaves nothing behind', async () => {
    await start(inTwoParts)
    const versions = { vllm: '0.32.0', trl: '1.16.0', ray: '2.60.0' }
    const facts = { nodes: 2, cpus: 4, gpus: 0, device: 'CPU', versions }
    expect(await tested()).toMatchObject({ abilities: null, latency_ms: null, cluster: facts, notes: [] })
    expect(cluster.store.names('tests')).toEqual([])
  })

  it('notes nodes that lack a package, have another version, or give no answer', async () => {
    await start(inTwoParts)
    cluster.nodes[0].versions.vllm = 'not installed'
    cluster.nodes[1].versions.trl = '1.15.0'
    cluster.nodes.push({ node: '10.0.0.3', error: { code: 'ENGINE_LOST', message: 'no answer for 60 s', remedy: '' }, versions: {} })
    expect((await tested()).notes).toEqual([
      'Node 10.0.0.3: no answer for 60 s',
      'Node 10.0.0.1 has no vLLM: install resources/cluster/requirements.txt there.',
      'The nodes have TRL in several versions: 1.15.0, 1.16.0.',
    ])
    cluster.nodes.length = 0
    expect((await tested()).notes).toEqual([expect.stringContaining('No node with a processor for work is up')])
  })

  it('notes what its nodes have no room for', async () => {
    await start(inTwoParts)
    cluster.shortages.push('No nodes have room for an engine of vLLM (1 CPU and 4 GPUs): see cluster.json.')
    expect((await tested()).notes).toEqual(cluster.shortages)
  })

  it('fails its test if a node sees another storage', async () => {
    await start(inTwoParts)
    const error = { code: 'NOT_FOUND', message: "Node b doesn't see it.", remedy: 'Mount it.' } as const
    cluster.nodes[1] = { node: '10.0.0.2', error, versions: {} }
    await expect(tested()).rejects.toMatchObject(error)
    cluster.endings.push({ status: 'FAILED', output: `laurel-error ${JSON.stringify(error)}` })
    await expect(tested()).rejects.toMatchObject(error)
    cluster.endings.push({ status: 'FAILED', output: 'No module named ray' })
    await expect(tested()).rejects.toMatchObject({ code: 'ENGINE_LOST', message: expect.stringContaining('No module named ray') })
    expect(cluster.store.names('tests')).toEqual([])
  })

  it('fails its test if the job gives no answer, or the dashboard is gone, and ends with a stop', async () => {
    await start(inTwoParts)
    await expect(tested({ address: 'http://127.0.0.1:9' })).rejects.toMatchObject({ code: 'NETWORK' })
    const silent = { status: 'SUCCEEDED', output: '' } as const
    cluster.endings.push(silent, silent)
    await expect(tested({ limit: 0 })).rejects.toMatchObject({ code: 'ENGINE_LOST', remedy: expect.stringContaining('answer.json') })
    await expect(tested({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'STOPPED' })
    expect(cluster.jobs.map(({ status }) => status)).toEqual(['STOPPED', 'STOPPED'])
  })

  it('sends the token, and none of the headers by which Ray knows a browser', async () => {
    await start(inTwoParts)
    await work('secret').session.info()
    for (const { headers } of cluster.seen) {
      expect(headers.authorization).toBe('Bearer secret')
      expect(Object.keys(headers).filter((name) => name.startsWith('sec-') || name === 'origin' || name === 'referer')).toEqual([])
    }
  })

  it.each([
    ['refuses', { status: 401, text: 'Invalid token sekret-0123' }, 'NETWORK'],
    ["isn't ready", { status: 502, text: 'Bad gateway for Bearer sekret-0123' }, 'NETWORK'],
  ])('never shows a token that a dashboard repeats which %s', async (_, fault, code) => {
    await start(inTwoParts)
    cluster.faults.push(fault)
    const error = await work('sekret-0123')
      .session.info()
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code, message: expect.stringContaining('[secret]') })
    expect(inspect(error)).not.toContain('sekret-0123')
  })

  it("never shows a token that is in a job's last words", async () => {
    await start(() => {
      throw new Error('RAY_AUTH_TOKEN=its last words is unknown')
    })
    const { session, ...others } = work('its last words')
    const items = Array.fromAsync(clusterItems({ session, ...others }, request(), generatedItem))
    await expect(items).rejects.toMatchObject({ message: expect.not.stringContaining('its last words') })
  })

  it("doesn't wait for a dashboard that isn't there when it is first asked", async () => {
    await start(inTwoParts)
    cluster.faults.push({ status: 503 })
    await expect(work().session.info()).rejects.toMatchObject({ code: 'NETWORK', remedy: expect.stringContaining('Start the cluster') })
  })

  it.each([
    ['refuses', { status: 401, text: 'no' }, 'token'],
    ["isn't Ray's", { status: 200, text: '<html>' }, 'port 8265'],
  ])('names a dashboard that %s', async (_, fault, remedy) => {
    await start(inTwoParts)
    cluster.faults.push(fault)
    await expect(work().session.info()).rejects.toMatchObject({ code: 'NETWORK', remedy: expect.stringContaining(remedy) })
  })

  it('needs a folder of this machine for storage that only the cluster reads', async () => {
    await start(inTwoParts)
    expect(() => storageFolder({ storage: 's3://bucket/laurel' })).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
    expect(storageFolder({ storage: 's3://bucket/laurel', folder: cluster.folder })).toContain(cluster.folder)
    expect(() => storageFolder({ storage: '/no/such/place' })).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
  })
})

describe('numerics on a cluster', () => {
  let cluster: StandInCluster
  afterEach(() => cluster.close())

  it('leave a row out once, whatever number of its samples the cluster leaves out', async () => {
    const tooLong = { row: 1, leftOut: '9 tokens' }
    cluster = await standInCluster(({ kind }) => [
      kind === 'generate'
        ? [{ ...tooLong, sample: 0 }, item(0), { ...tooLong, sample: 1 }]
        : [
            { ...tooLong, sample: 0 },
            { row: 0, tokenLogprobs: [], topIds: [], topLogprobs: [] },
          ],
    ])
    const { store, address, folder } = cluster
    const session = clusterSession({ jobs: jobsApi({ address }), store, storage: folder, name: 'home', patience })
    const numerics = clusterNumerics({ store, session, patience, models: clusterModels(store) })
    const model = { files: fakeFiles('m'), parameters: 1, hash: 'h', precision: 'float32', dispose: () => {} } as const
    const sampling = { greedy: true, temperature: 0, topP: 1, topK: 0, maxNewTokens: 4, minNewTokens: 0, stop: [] }
    const rows = [0, 1].map((row) => ({ promptIds: [row], seeds: [1, 2] }))
    const generated = await Array.fromAsync(numerics.generate(model, rows, { sampling, batch: 1, stopTokens: [2], random: 'philox' }))
    expect(generated).toEqual([tooLong, item(0)])
    const scored = await Array.fromAsync(numerics.score(model, [{ ids: [1] }, { ids: [2] }], { top: 0 }))
    expect(scored).toEqual([tooLong, expect.objectContaining({ row: 0 })])
  })
})

describe('a request with more token ids than fit one text', () => {
  let cluster: StandInCluster
  afterEach(() => cluster.close())

  it('is answered in parts, whose rows keep their numbers, their room, and their ends', async () => {
    const asked: { ids: number[]; room: number }[][] = []
    cluster = await standInCluster(({ kind, rows }) => {
      asked.push(rows as unknown as { ids: number[]; room: number }[])
      const answer = (row: number) =>
        kind === 'generate' ? { ...item(row), tokenIds: [5, 6] } : { row, tokenLogprobs: [], topIds: [], topLogprobs: [] }
      return [rows.map((_, row) => answer(row)).reverse()]
    })
    const { store, address, folder } = cluster
    const session = clusterSession({ jobs: jobsApi({ address }), store, storage: folder, name: 'home', patience })
    const numerics = clusterNumerics({ store, session, patience, models: clusterModels(store), mostIds: 4 })
    const model = { files: fakeFiles('m'), parameters: 1, hash: 'h', precision: 'float32', dispose: () => {} } as const
    const sampling = { greedy: true, temperature: 0, topP: 1, topK: 0, maxNewTokens: 9, minNewTokens: 0, stop: [] }
    const texts = [[1, 1], [2, 2], [3], [4, 4, 4, 4, 4], [5]]
    const options = {
      sampling,
      batch: 1,
      stopTokens: [2],
      random: 'philox',
      room: (row: number) => row,
      isFinished: (row: number) => row === 2,
    }
    const rows = texts.map((promptIds) => ({ promptIds, seeds: [1] }))
    const generated = await Array.fromAsync(numerics.generate(model, rows, options as Parameters<typeof numerics.generate>[2]))
    expect(asked.map((part) => part.map(({ ids }) => ids))).toEqual([
      [
        [1, 1],
        [2, 2],
      ],
      [[3]],
      [[4, 4, 4, 4, 4]],
      [[5]],
    ])
    expect(asked.flat().map(({ room }) => room)).toEqual([0, 1, 2, 3, 4])
    expect(generated.map(({ row }) => row)).toEqual([1, 0, 2, 3, 4])
    expect(generated.map((sequence) => ('leftOut' in sequence ? 0 : sequence.tokenIds.length))).toEqual([2, 2, 1, 2, 2])
    const scored = await Array.fromAsync(
      numerics.score(
        model,
        texts.map((ids) => ({ ids })),
        { top: 0 },
      ),
    )
    expect(scored.map(({ row }) => row)).toEqual([1, 0, 2, 3, 4])
  })
})

describe('a training on a cluster', () => {
  const home = mkdtempSync(join(tmpdir(), 'laurel-training-'))
  let cluster: StandInCluster
  afterAll(async () => {
    await cluster.close()
    rmSync(home, { recursive: true, force: true })
  })

  it("has its checkpoints removed once its model is here, and files that this user may not remove don't fail it", async () => {
    const [model, out] = [join(home, 'model'), join(home, 'out')]
    saveClusterModel(model)
    let training = ''
    cluster = await standInCluster((_, id) => {
      training = `trainings/${id}`
      cluster.store.write(`${training}/checkpoints/1.json`, '{}')
      cluster.store.write(`${training}/checkpoints/step-1/model`, '')
      cluster.store.copyIn(join(model, 'model.safetensors'), `${training}/model-1/model.safetensors`)
      return [[{ kind: 'step', step: 1, metrics: { loss: 1 } }]]
    })
    const { store, address, folder } = cluster
    const session = clusterSession({ jobs: jobsApi({ address }), store, storage: folder, name: 'home', patience })
    const removed: string[] = []
    const watched = {
      ...store,
      remove(name: string): void {
        removed.push(`${name}${existsSync(out) ? '' : ' too early'}`)
        store.remove(name)
      },
    }
    const rows = [{ prompt: 'hello', completion: 'it is' }]
    const config = trainConfig.parse({ batch_size: 1, epochs: 1, precision: 'float32' })
    const params = { model, task: 'sft', rows, config, out, checkpoints: join(home, 'checkpoints') } as const
    const never = new AbortController().signal
    const options = { store: watched, session, patience, models: clusterModels(store) }
    await Array.fromAsync(clusterTraining(options, params, { signal: never, conclude: never }))
    expect(store.names(training)).toEqual(['model-1'])
    const ofCheckpoints = removed.filter((name) => name.includes('/checkpoints'))
    expect(ofCheckpoints).toEqual([`${training}/checkpoints/1.json`, `${training}/checkpoints`])

    store.write(`${training}/checkpoints/1.json`, '{}')
    const foreign = {
      ...store,
      remove(): never {
        throw new Error('EACCES')
      },
    }
    const again = await Array.fromAsync(clusterTraining({ ...options, store: foreign }, params, { signal: never, conclude: never }))
    expect(again).toEqual([expect.objectContaining({ kind: 'started', steps: 0 })])
  })
})

describe('the code that travels to the cluster', () => {
  it('is named by its content', () => {
    expect(clusterCode().name).toBe(clusterCode().name)
    expect(clusterCode().archive.includes('laurel_cluster/session.py')).toBe(true)
  })

  it('is a zip archive', () => {
    const content = Buffer.from('print(1)\n')
    const archive = zipOf([{ name: 'a/b.py', content }])
    expect(archive.subarray(0, 4)).toEqual(Buffer.from('PK\x03\x04'))
    expect(archive.readUInt32LE(14)).toBe(crc32(content))
    expect(archive.subarray(36, 36 + content.length)).toEqual(content)
    expect(archive.readUInt32LE(archive.length - 6)).toBe(36 + content.length) // where the directory starts
    expect(archive.readUInt16LE(archive.length - 12)).toBe(1)
  })
})
