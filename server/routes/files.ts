import * as routes from '../../src/schema/routes/files.ts'
import { handle, handleContent } from '../http/handle.ts'

export const served = [
  handle(routes.readConfig, (_input, { status }) => status.config),
  handleContent(routes.readIndex, ({ params }, { files }) => files.index(params.name)),
  handle(routes.readIndexTags, async ({ body, caller, leaving }, { files }) => ({
    tags: Object.fromEntries(await files.indexTags(body.names, caller, leaving())),
  })),
  handle(routes.readIndexes, async ({ body, caller, leaving }, { files }) => ({
    indexes: Object.fromEntries(await files.indexes(body.names, caller, leaving())),
  })),
  handleContent(routes.readKeys, ({ params }, { files }) => files.owners(params.name)),
  handleContent(routes.readFile, ({ params }, { files }) => files.file(params.name, params.version, params.file)),
]
