import path from 'node:path'
import { Agent } from 'undici'
import { ColonyClient } from '../../../src/engines/colonyos/client.ts'
import { ColonyEngine } from '../../../src/engines/colonyos/colony-engine.ts'
import { identityOf } from '../../../src/engines/colonyos/identity.ts'
import { RunRecords } from '../../../src/engines/runs/run-records.ts'
import { FakeColony } from '../../rig/colony.ts'
import { FakeExecutor } from '../../rig/colony-executor.ts'
import { describeEngine } from '../engine-suite.ts'
import { TemporaryFolder } from '../../workflow/rig.ts'

describeEngine('the colonyos engine', async () => {
  const colony = await FakeColony.start()
  const executor = new FakeExecutor(colony)
  const folder = new TemporaryFolder()
  const dispatcher = new Agent()
  const wire = { url: colony.url, dispatcher, timeout: 5000 }
  const client = new ColonyClient({ wire, colony: 'dev', identity: identityOf(colony.user.key, 'the key') })
  const records = new RunRecords(path.join(folder.path, 'runs'))
  const engine = new ColonyEngine({ client, records, emit: () => undefined, lockTimeout: 1000, lookEvery: 50 })
  return {
    engine,
    rest: { root: folder.path, functions: [] },
    release: () => {
      executor.release()
    },
    [Symbol.asyncDispose]: async () => {
      executor.stop()
      await dispatcher.destroy()
      await colony[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
})
