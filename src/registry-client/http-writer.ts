import fs from 'node:fs'
import path from 'node:path'
import type { Published, ReleaseStatus, StatusChange } from '../schema/documents.ts'
import type { Emit } from '../schema/events.ts'
import type { PackageName } from '../schema/name.ts'
import { changeOwners } from '../schema/routes/owners.ts'
import { changeStatus } from '../schema/routes/packages.ts'
import { publishPackages } from '../schema/routes/publishing.ts'
import { whoami } from '../schema/routes/service.ts'
import { CpmError } from '../core/errors.ts'
import type { RegistryWriter, Release, Upload } from '../core/ports.ts'
import type { StagingArea } from '../core/staging.ts'
import { type Api, orNotFound } from './call.ts'
import { multipart, type Part } from './multipart.ts'
import { requireSame } from './same-releases.ts'

interface HttpWriterParts {
  /** the URL of the registry */
  base: URL
  /** for uploads in progress */
  staging: StagingArea
  emit: Emit
}

/** The server proves a publication before it responds. */
const PUBLISH_TIMEOUT_FACTOR = 20

/** Changes a registry through its API. */
export class HttpWriter implements RegistryWriter {
  readonly #api: Api
  readonly #parts: HttpWriterParts

  constructor(api: Api, parts: HttpWriterParts) {
    this.#api = api
    this.#parts = parts
  }

  async publish(prepare: (folder: string) => Promise<readonly Upload[]>): Promise<Published[]> {
    const { base, staging } = this.#parts
    const folder = staging.temporary()
    try {
      fs.mkdirSync(folder, { mode: 0o700 })
      // Nothing is packed, signed or sent before the server has accepted the token.
      await this.#api.call(whoami)
      const uploads = await prepare(folder)
      const { packages } = await this.#api.call(publishPackages, {
        body: multipart(uploads.flatMap((upload) => partsOf(upload, folder))),
        repeatable: true,
        headersTimeoutFactor: PUBLISH_TIMEOUT_FACTOR,
        check: (reply) => {
          requireSame(base, uploads, reply.packages)
        },
      })
      this.#report(packages)
      return packages
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }

  async changeStatus(release: Release, change: StatusChange): Promise<ReleaseStatus> {
    // The server does not record the same change twice, so the request is idempotent.
    const input = { params: { ...release }, body: change, repeatable: true }
    const status = await orNotFound(this.#api.call(changeStatus, input))
    if (status) return status
    const { name, version } = release
    throw new CpmError('PACKAGE_NOT_FOUND', `the registry ${this.#parts.base.href} has no ${name}@${version}`, {
      hint: 'cpm search',
      details: { name, version },
    })
  }

  async addOwners(name: PackageName, line: string): Promise<void> {
    await this.#api.call(changeOwners, { params: { name }, body: { line } })
  }

  #report(packages: readonly Published[]): void {
    for (const { outcome, name, version, tree } of packages) {
      this.#parts.emit(
        outcome === 'published' ? { type: 'published', name, version, tree } : { type: 'unchanged', name, version },
      )
    }
  }
}

function partsOf({ envelope, firstOwners, file }: Upload, folder: string): Part[] {
  const type = 'application/octet-stream'
  return [
    { name: 'envelope', filename: 'envelope.dsse', type: 'application/json', content: envelope },
    { name: 'owners', filename: 'owners.json', type: 'application/json', content: Buffer.from(firstOwners) },
    { name: 'archive', filename: 'archive.cpm', type, content: { file: path.join(folder, file) } },
  ]
}
