import type { Served } from './handle.ts'
import { served as files } from '../routes/files.ts'
import { served as owners } from '../routes/owners.ts'
import { served as packages } from '../routes/packages.ts'
import { served as publishing } from '../routes/publishing.ts'
import { served as service } from '../routes/service.ts'

/** Every route and the function that answers it. */
export const SERVED: readonly Served[] = [...files, ...packages, ...owners, ...publishing, ...service]
