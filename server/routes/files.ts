import * as routes from '../../src/schema/routes/files.ts'
import { handle, handleContent } from '../http/handle.ts'

export const served = [
  handle(routes.readConfig, (_input, { status }) => status.config),
  handleContent(routes.readIndex, ({ params }, { files }) => files.index(params.name)),
  handleContent(routes.readKeys, ({ params }, { files }) => files.owners(params.name)),
  handleContent(routes.readFile, ({ params }, { files }) => files.file(params.name, params.version, params.file)),
]
