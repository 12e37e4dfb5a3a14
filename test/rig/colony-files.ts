import { newId, Refused } from './colony-state.ts'

export interface FakeFile {
  fileid: string
  colonyname: string
  label: string
  name: string
  size: number
  sequencenr: number
  checksum: string
  checksumalg: string
  ref: { protocol: string; s3object: Record<string, unknown> }
  added: string
}

interface FakeSnapshot {
  snapshotid: string
  colonyname: string
  label: string
  name: string
  fileids: string[]
  added: string
}

type Message = Record<string, unknown> & { msgtype: string }

export const FILE_MESSAGES = [
  'addfilemsg',
  'getfilemsg',
  'getfilesmsg',
  'getfilelabelsmsg',
  'createsnapshotmsg',
  'getsnapshotmsg',
]

/** ColonyFS as in v1.9.12: it believes whatever a client says about a file, and never looks into S3. */
export class ColonyFiles {
  files: FakeFile[] = []
  snapshots: FakeSnapshot[] = []
  #sequence = 0

  clear(): void {
    this.files = []
    this.snapshots = []
  }

  reply(message: Message): unknown {
    const text = (key: string) => String(message[key])
    switch (message.msgtype) {
      case 'addfilemsg':
        return this.add(message.file as Omit<FakeFile, 'fileid' | 'sequencenr' | 'added'>)
      case 'getfilemsg':
        return this.#get(message)
      case 'getfilesmsg': {
        const newest = new Map(this.files.filter(({ label }) => label === text('label')).map((one) => [one.name, one]))
        const listed = ({ name, checksum, size, ref }: FakeFile) => ({ name, checksum, size, s3filename: ref.s3object.object }) // prettier-ignore
        return [...newest.values()].map(listed)
      }
      case 'getfilelabelsmsg': {
        const labels = this.#labels(text('name'), message.exact === true)
        if (labels.length === 0) return null
        return labels.map((name) => ({ name, files: this.files.filter(({ label }) => label === name).length }))
      }
      case 'createsnapshotmsg':
        return this.#pin(text('label').replace(/\/$/, ''), text('name'))
      default: {
        const { snapshotid, name } = message
        const found = this.snapshots.find((one) =>
          snapshotid === '' ? one.name === name : one.snapshotid === snapshotid,
        )
        if (found) return found
        throw new Refused(500, `Snapshot not found with name <${text('name')}> in Colony <dev> does not exists`)
      }
    }
  }

  add(file: Omit<FakeFile, 'fileid' | 'sequencenr' | 'added'>): FakeFile {
    const added = { ...file, fileid: newId(), sequencenr: ++this.#sequence, added: new Date().toISOString() }
    this.files.push(added)
    return added
  }

  /** Returns the revisions of a file, newest first. */
  revisions(label: string, name: string): FakeFile[] {
    return this.files.filter((one) => one.label === label && one.name === name).reverse()
  }

  #get({ fileid, label, name, latest }: Message): FakeFile[] {
    const found =
      fileid === ''
        ? this.revisions(String(label), String(name)).slice(0, latest === true ? 1 : undefined)
        : this.files.filter((one) => one.fileid === fileid)
    if (found.length > 0) return found
    throw new Refused(400, 'Failed to get file')
  }

  /** Lists labels. With `exact`, a label without its own files has no labels below it either. */
  #labels(name: string, exact: boolean): string[] {
    const all = [...new Set(this.files.map(({ label }) => label))]
    if (!exact) return all.filter((label) => label.startsWith(name))
    return all.includes(name) ? all.filter((label) => label === name || label.startsWith(`${name}/`)) : []
  }

  #pin(label: string, name: string): FakeSnapshot {
    if (this.snapshots.some((one) => one.name === name))
      throw new Refused(500, `Snapshot with name <${name}> in Colony <dev> already exists`)
    const labels = this.#labels(label, true)
    const newest = new Map(
      this.files.filter((one) => labels.includes(one.label)).map((one) => [`${one.label}/${one.name}`, one.fileid]),
    )
    const added = new Date().toISOString()
    const pinned = { snapshotid: newId(), colonyname: 'dev', label, name, fileids: [...newest.values()], added }
    this.snapshots.push(pinned)
    return pinned
  }
}
