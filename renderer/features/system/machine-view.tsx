import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Examination } from '../../../main/shared/contract/doctor-contract.ts'
import { gpuText, threadsText } from '../../../main/shared/device-text.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { type Fact, Facts } from '../../components/facts.tsx'
import { bytes } from '../../components/format.ts'
import { Loading } from '../../components/loading.tsx'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { Engines } from './engines.tsx'
import { Problems } from './problems.tsx'
import { RuntimePacks } from './runtime-packs.tsx'
import { machineActions } from './system-actions.ts'

/** The compute backend and its speed, and missing parts with how to install them. */
export function MachineView() {
  const examination = useQuery(orpc.system.examine.queryOptions({ retry: false }))
  const actions = useScreenActions(machineActions, {
    examine: { enabled: !examination.isFetching, perform: () => void examination.refetch() },
  })
  const again = <Button {...actionProps(actions.examine)} loading={examination.isFetching} />
  return (
    <>
      <Panel title="Compute" corner={examination.data && again}>
        {examination.isPending ? (
          <Loading what="Starting and measuring an engine" />
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
      ? [{ name: 'Speed', value: engine === null ? '–' : 'not measured while a run is active' }]
      : [
          {
            name: 'float32',
            value: gflops(measurement.float32Gflops),
            meaning:
              'Measured with a product of two square matrices, in billions of operations per second. Training consists mostly of such products.',
          },
          {
            name: 'bfloat16',
            value: gflops(measurement.bfloat16Gflops),
            meaning: 'The same in 16 bits: up to twice as fast with half the memory. Requires the native runtime.',
          },
        ]
  return [
    {
      name: 'Backend',
      value: engine === null ? 'no backend starts' : `${engine.backend} ${engine.version}`,
      tone: engine === null ? 'error' : undefined,
      ...(engine?.backendReason && { meaning: `Chosen because ${engine.backendReason}.` }),
    },
    {
      name: 'Device',
      value: engine === null ? '–' : `${engine.device}, ${threadsText(engine.threads)}`,
    },
    ...speed,
    {
      name: 'Precision',
      value: engine?.precision ?? '–',
      meaning: `The choice of “auto” on this machine${engine?.precisionReason ? `: ${engine.precisionReason}` : ''}.`,
    },
    { name: 'Processor', value: `${processor.model}, ${threadsText(processor.count)}` },
    {
      name: 'GPU',
      value: gpuText(gpus, engine?.webgpuDevice),
    },
    { name: 'Memory', value: `${bytes(memory.freeBytes)} of ${bytes(memory.totalBytes)} free` },
    { name: 'Disk', value: `${bytes(disk.freeBytes)} free`, meaning: `On the disk with ${disk.folder}` },
  ]
}
