import * as routes from '../../src/schema/routes/service.ts'
import { CpmError } from '../../src/core/errors.ts'
import { handle, serve } from '../http/handle.ts'
import { openApiDocument } from '../http/openapi.ts'

export const served = [
  handle(routes.whoami, ({ caller }, { status }) => ({ registry: status.config.id, token: caller.token() })),
  handle(routes.health, (_input, { status }) => ({
    status: status.isDraining()
      ? ('draining' as const)
      : status.isStorageReadable()
        ? ('ok' as const)
        : ('failing' as const),
    version: status.version,
    registry: status.config.id,
    readonly: status.readonly,
    uptimeSeconds: status.uptimeSeconds(),
  })),
  handle(routes.livez, () => ({ status: 'ok' as const })),
  handle(routes.readyz, (_input, { status }) => {
    if (status.isDraining()) throw new CpmError('REGISTRY_BUSY', 'draining: the server is stopping')
    if (!status.isStorageReadable()) throw new CpmError('REGISTRY_BUSY', "failing: can't read the storage")
    return { status: 'ok' as const }
  }),
  serve(routes.metrics, async (_input, { metrics }) => ({ kind: 'text', ...(await metrics.text()) })),
  handle(routes.openapi, () => openApiDocument()),
]
