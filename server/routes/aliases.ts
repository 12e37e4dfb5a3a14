import type { Route } from '../../src/schema/route.ts'
import { listPackages } from '../../src/schema/routes/packages.ts'
import { publishPackages } from '../../src/schema/routes/publishing.ts'

/** Short paths for some routes. They run the same code with the same access. */
export const ALIASES: readonly { method: Route['method']; path: string; route: Route }[] = [
  { method: 'GET', path: '/packages', route: listPackages },
  { method: 'POST', path: '/packages', route: publishPackages },
]
