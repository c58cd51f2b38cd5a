import { type EngineUse, engineUse } from '../../shared/contract/runs-contract.ts'
import { snakeKeys } from '../../shared/snake-keys.ts'
import type { Store } from '../../store/store.ts'
import type { UsageOwner } from '../../store/tables/engine-usage-table.ts'

/** What a run, an evaluation by hand, a chat, or the arena has asked of engines besides this machine. */
export const engineUseOf = (store: Pick<Store, 'engineUsage'>, owner: UsageOwner): EngineUse[] =>
  store.engineUsage.of(owner).map((usage) => engineUse.parse(snakeKeys(usage)))
