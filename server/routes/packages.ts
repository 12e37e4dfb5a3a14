import * as routes from '../../src/schema/routes/packages.ts'
import { handle, handleContent } from '../http/handle.ts'

export const served = [
  handle(routes.listPackages, ({ query, caller }, { packages }) => packages.search(query, caller)),
  handle(routes.readPackage, ({ params }, { packages }) => packages.describe(params.name)),
  handle(routes.readVersion, ({ params }, { packages }) => packages.describeVersion(params)),
  handleContent(routes.downloadVersion, ({ params }, { files }) => files.archive(params.name, params.version)),
  handle(routes.changeStatus, ({ params, body }, { packages }) => packages.changeStatus(params, body)),
]
