import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Examination } from '../../../main/api/contract/doctor.ts'
import { orpc } from '../../api/client.ts'
import { type Fact, Facts } from '../../components/facts.tsx'
import { bytes } from '../../components/format.ts'
import { Loading } from '../../components/loading.tsx'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { Engines } from './engines.tsx'
import { Problems } from './problems.tsx'
import { RuntimePacks } from './runtime-packs.tsx'

/** What computes here and how fast, what is missing, and how to get it. */
export function MachineView() {
  const examination = useQuery(orpc.system.examine.queryOptions({ retry: false }))
  const again = (
    <Button loading={examination.isFetching} onClick={() => void examination.refetch()}>
      Examine again
    </Button>
  )
  return (
    <>
      <Panel title="What computes" corner={examination.data && again}>
        {examination.isPending ? (
          <Loading what="An engine is started and measured" />
        ) : (
          <QueryView query={examination}>{(found) => <Facts facts={factsOf(found)} />}</QueryView>
        )}
      </Panel>
      {examination.data && <Problems problems={examination.data.problems} />}
      <RuntimePacks />
      <Engines />
    </>
  )
}

const gflops = (value: number | null): string => (value === null ? 'not possible' : `${Math.round(value)} GFLOP/s`)

function factsOf({ engine, measurement, processor, gpus, memory, disk }: Examination): Fact[] {
  const speed: Fact[] =
    measurement === null
      ? [{ name: 'Speed', value: engine === null ? '–' : 'not measured while a run is worked on' }]
      : [
          {
            name: 'float32',
            value: gflops(measurement.float32Gflops),
            meaning: 'A timed multiplication of two square matrices, in billions of operations a second. Training is nearly all such work.',
          },
          {
            name: 'bfloat16',
            value: gflops(measurement.bfloat16Gflops),
            meaning: 'The same in 16 bits: up to twice as fast, with half the memory. Only the native runtime can.',
          },
        ]
  return [
    {
      name: 'Backend',
      value: engine === null ? 'none starts' : `${engine.backend} ${engine.version}`,
      tone: engine === null ? 'error' : undefined,
    },
    {
      name: 'Computes on',
      value: engine === null ? '–' : `${engine.device}, ${engine.threads} ${engine.threads === 1 ? 'thread' : 'threads'}`,
    },
    ...speed,
    {
      name: 'Precision',
      value: engine?.precision ?? '–',
      meaning: `What “auto” comes to here${engine?.precisionReason ? `: ${engine.precisionReason}` : ''}.`,
    },
    { name: 'Processor', value: `${processor.model}, ${processor.count} threads` },
    {
      name: 'GPU',
      value: gpus.length === 0 ? 'none (NVIDIA)' : gpus.map((gpu) => `${gpu.name}, ${gpu.memory_gb} GB, driver ${gpu.driver}`).join('; '),
    },
    { name: 'Memory', value: `${bytes(memory.freeBytes)} of ${bytes(memory.totalBytes)} free` },
    { name: 'Disk', value: `${bytes(disk.freeBytes)} free`, meaning: `At ${disk.folder}` },
  ]
}
