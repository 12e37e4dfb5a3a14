import * as routes from '../../src/schema/routes/owners.ts'
import { handle } from '../http/handle.ts'

export const served = [
  handle(routes.readOwners, async ({ params: { name } }, { files }) => ({ name, chain: await files.chain(name) })),
  handle(routes.changeOwners, async ({ params: { name }, body }, { packages, files }) => {
    await packages.addOwners(name, body.line)
    return { name, chain: await files.chain(name) }
  }),
]
