import fs from 'node:fs'
import path from 'node:path'
import { type PackageName } from '../../src/schema/name.ts'
import { archiveKey, envelopeKey, ownersKey } from '../../src/registry/layout.ts'
import type { Version } from '../../src/schema/version.ts'
import { Rig } from '../rig/rig.ts'

/** A signed package, ready to send to a server. */
export interface Signed {
  readonly name: PackageName
  readonly version: Version
  readonly envelope: Buffer
  readonly owners: Buffer
  readonly archive: Buffer
}

type Manifest = Parameters<Rig['package']>[1]

/** A person with their own key and machine, who signs packages without sending them anywhere. */
export class Author implements AsyncDisposable {
  readonly rig: Rig

  private constructor(rig: Rig) {
    this.rig = rig
  }

  static async create(): Promise<Author> {
    return new Author(await Rig.create())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rig[Symbol.asyncDispose]()
  }

  /** Signs packages, all in one run of cpm. */
  async sign(...packages: (string | [id: string, manifest: Manifest])[]): Promise<Signed[]> {
    await this.rig.publish(...packages.map((entry) => (typeof entry === 'string' ? entry : ([...entry] as never))))
    return packages.map((entry) => {
      const id = typeof entry === 'string' ? entry : entry[0]
      const at = id.indexOf('@', 1)
      return this.#read(id.slice(0, at) as PackageName, id.slice(at + 1) as Version)
    })
  }

  #read(name: PackageName, version: Version): Signed {
    const read = (key: string) => fs.readFileSync(path.join(this.rig.registry, key))
    const [owners = ''] = read(ownersKey(name)).toString().split('\n')
    return {
      name,
      version,
      owners: Buffer.from(owners),
      envelope: read(envelopeKey(name, version)),
      archive: read(archiveKey(name, version)),
    }
  }
}

/** Makes the multipart body that publishes packages. */
export function formOf(packages: readonly Signed[]): FormData {
  const form = new FormData()
  for (const { envelope, owners, archive, name } of packages) {
    form.append('envelope', new Blob([Buffer.from(envelope)]), `${name}.dsse`)
    form.append('owners', owners.toString())
    form.append('archive', new Blob([Buffer.from(archive)]), `${name}.cpm`)
  }
  return form
}

interface Server {
  readonly url: string
  readonly token: string
}

export async function publishTo(
  { url, token }: Server,
  packages: readonly Signed[],
  path = '/api/v1/publish',
): Promise<{ status: number; body: { packages?: { outcome: string }[]; error?: { code: string; message: string } } }> {
  const response = await fetch(url + path, {
    method: 'POST',
    body: formOf(packages),
    headers: { authorization: `Bearer ${token}` },
  })
  return { status: response.status, body: (await response.json()) as never }
}

export async function errorCode(response: Response): Promise<string | undefined> {
  return ((await response.json()) as { error?: { code: string } }).error?.code
}
