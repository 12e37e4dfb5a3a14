import * as routes from '../../src/schema/routes/publishing.ts'
import { handle, serve } from '../http/handle.ts'

export const served = [
  serve(routes.publishPackages, async ({ parts, caller }, { publishing, metrics }) => {
    const packages = await publishing.publish(parts(), caller)
    for (const { outcome } of packages) metrics.published(outcome)
    const isNew = packages.some(({ outcome }) => outcome === 'published')
    return { kind: 'json', status: isNew ? 201 : 200, value: { packages } }
  }),
  handle(routes.readEvidence, async ({ body, caller, leaving }, { packages }) => ({
    evidence: await packages.evidence(body.releases, caller, leaving()),
  })),
  handle(routes.resolveLock, ({ body, caller, leaving }, { resolving }) => resolving.resolve(body, caller, leaving())),
]
