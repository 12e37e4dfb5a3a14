import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { Tree } from '../../schema/digest.ts'
import { makeFolders, namesIn, statsIfThere, syncFolder, writeFileAtomic } from '../../core/atomic-file.ts'
import { exactJson, parseLosslessJson } from '../../core/exact-json.ts'
import { refuseNewer } from '../../core/newer-format.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { CpmError, fileError, systemCode } from '../../core/errors.ts'
import { readRegular } from '../../core/regular-file.ts'
import { decodeText } from '../../core/text.ts'
import { FunctionSpec, WorkflowSpec } from '../../workflow/specs/spec.ts'
import { parseSecretReference } from '../../workflow/values/secret-reference.ts'
import { ENGINE_NAMES, type EngineName, STATES } from './snapshot.ts'

/**
 * The records of runs of all engines: `$CPM_HOME/runs/<run>/run.json` has the state, and `run.spec.json` the workflow
 * as it was rendered, which never changes. Neither contains outputs or secret values. A record is read as untrusted
 * data: functions of packages run with the user's permissions and could have written it.
 */
const RUN_FILE = 'run.json'
const SPEC_FILE = 'run.spec.json'

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/
const Time = z.iso.datetime({ offset: true })
const Seconds = z.number().nonnegative()

const NodeRecord = z.strictObject({
  nodename: FunctionSpec.shape.nodename,
  funcname: z.string(),
  executortype: z.string(),
  dependencies: z.array(z.string()),
  state: z.enum(STATES),
  startedAt: Time.optional(),
  seconds: Seconds.optional(),
  retries: z.int().nonnegative().optional(),
  executor: z.string().optional(),
  error: z.string().optional(),
  reused: z.boolean().optional(),
})

/** Where the package was, for a retry, which verifies or reads it again. */
const PackageFolder = z.strictObject({
  root: z.string(),
  packages: z.string().optional(),
  /** the digest of its tree, if it was verified */
  tree: Tree.optional(),
})

/**
 * Where the run's secrets come from, and how to recognize them. A path in a record always leads below one of our own
 * folders.
 */
const Secrets = z.strictObject({
  run: z.string().regex(RUN_ID),
  files: z.array(
    z.strictObject({
      name: z.string(),
      reference: z.string().refine((text) => parseSecretReference(text) !== undefined, 'is not a reference'),
      file: z.string().regex(/^[0-9]+-[\w.-]*$/),
      mark: z.string(),
    }),
  ),
})

/** What only the local engine needs. */
const LocalPart = z.strictObject({
  /** the process that runs it */
  process: z.strictObject({
    pid: z.int().positive(),
    host: z.string(),
    machine: z.string().optional(),
    startedAt: z.string().nullable(),
  }),
  secrets: Secrets.optional(),
})

/** Where it is in a colony, and what only that engine needs. */
const ColonyPart = z.strictObject({
  context: z.string().optional(),
  address: z.string(),
  name: z.string(),
  graph: z.string().optional(),
  /** the id it was submitted by */
  user: z.string(),
  /** when it was last sent; missing if never */
  sentAt: Time.optional(),
  /** no command has reported the run to its user yet: the same command resumes it */
  unacknowledged: z.boolean().optional(),
})

/** Which engine owns which part of a record. */
const PARTS = { local: 'local', colonyos: 'colony' } as const satisfies Record<EngineName, string>

export const RunRecord = z.strictObject({
  schemaVersion: z.literal(1),
  run: z.string().regex(RUN_ID),
  engine: z.enum(ENGINE_NAMES),
  package: z.strictObject({ name: z.string(), version: z.string() }),
  workflow: z.string(),
  state: z.enum(STATES),
  submittedAt: Time,
  finishedAt: Time.optional(),
  retryOf: z.string().regex(RUN_ID).optional(),
  source: PackageFolder,
  local: LocalPart.optional(),
  colony: ColonyPart.optional(),
  nodes: z.array(NodeRecord),
})
export type RunRecord = z.infer<typeof RunRecord>
export type NodeRecord = z.infer<typeof NodeRecord>

/** A record that can't be read. */
interface DamagedRun {
  readonly run: string
  readonly error: CpmError
}

/** The records of runs, newest last: their ids start with the time. */
export class RunRecords {
  readonly #root: string

  /** @param root `$CPM_HOME/runs` */
  constructor(root: string) {
    this.#root = path.resolve(root)
  }

  /** @throws CpmError USAGE for an invalid run id */
  folder(run: string): string {
    if (!RUN_ID.test(run)) throw new CpmError('USAGE', `${JSON.stringify(run)} is not a valid run id`)
    return path.join(this.#root, run)
  }

  has(run: string): boolean {
    return fs.existsSync(path.join(this.folder(run), RUN_FILE))
  }

  /**
   * Creates the record of a new run; it exists as soon as its last file does.
   * @throws CpmError FILE_EXISTS if there is one
   */
  create(record: RunRecord, spec: WorkflowSpec): void {
    const folder = this.folder(record.run)
    try {
      makeFolders(this.#root, 0o700)
      fs.mkdirSync(folder, { mode: 0o700 })
      syncFolder(this.#root)
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw fileError(error, 'write', folder)
      if (this.has(record.run))
        throw new CpmError('FILE_EXISTS', `the run ${record.run} already exists: ${folder}`, { cause: error })
    }
    writeFileAtomic(path.join(folder, SPEC_FILE), exactJson(spec) + '\n', { mode: 0o600 })
    this.write(record)
  }

  /** Replaces the whole record, so that readers always see one state of the run. */
  write(record: RunRecord, { durable = true }: { durable?: boolean } = {}): void {
    const file = path.join(this.folder(record.run), RUN_FILE)
    writeFileAtomic(file, JSON.stringify(record, null, 2) + '\n', { mode: 0o600, durable })
  }

  /** Records a sign of life, for other machines that can't check the process of the run. */
  touch(run: string): void {
    const now = new Date()
    try {
      fs.utimesSync(path.join(this.folder(run), RUN_FILE), now, now)
    } catch {
      // A file that can't be touched can't be written either, which the next change will report.
    }
  }

  /** Returns when the process of the run last recorded a sign of life. */
  lastSignOfLife(run: string): Date | undefined {
    return statsIfThere(path.join(this.folder(run), RUN_FILE))?.mtime
  }

  /** @throws CpmError RUN_NOT_FOUND, or RUN_INVALID if it can't be read */
  read(run: string): RunRecord {
    const file = path.join(this.folder(run), RUN_FILE)
    const record = parse(file, RunRecord, readRegular(file), () => notFound(run))
    if (record.run !== run) throw invalid(file, `it is the record of ${record.run}`)
    if (!record[PARTS[record.engine]]) throw invalid(file, `it doesn't say where the run was`)
    return record
  }

  /** Reads the rendered workflow. @throws CpmError RUN_INVALID if it can't be read */
  spec(run: string): WorkflowSpec {
    const file = path.join(this.folder(run), SPEC_FILE)
    return parse(file, WorkflowSpec, readRegular(file), () => invalid(file, 'it is missing'))
  }

  /** Lists all runs, newest first. Damaged records are separate, so that one doesn't hide the others. */
  list(): { records: RunRecord[]; damaged: DamagedRun[] } {
    const records: RunRecord[] = []
    const damaged: DamagedRun[] = []
    for (const run of this.#ids()) {
      try {
        records.push(this.read(run))
      } catch (error) {
        // It was removed in the meantime.
        if (error instanceof CpmError && error.code !== 'RUN_NOT_FOUND') damaged.push({ run, error })
        else if (!(error instanceof CpmError)) throw error
      }
    }
    records.sort((a, b) => Date.parse(b.submittedAt) - Date.parse(a.submittedAt) || (a.run < b.run ? 1 : -1))
    return { records, damaged }
  }

  /** Finds the run for an id or a unique prefix of one; by default the newest run. */
  find(beginning?: string): RunRecord {
    if (beginning !== undefined) return this.read(this.idOf(beginning))
    const [newest] = this.list().records
    if (newest) return newest
    throw new CpmError('RUN_NOT_FOUND', 'there are no runs yet', { hint: 'cpm submit' })
  }

  /** Returns the full id for an id or a unique prefix of one. */
  idOf(beginning: string): string {
    const ids = this.#ids()
    if (ids.includes(beginning)) return beginning
    const found = ids.filter((id) => id.startsWith(beginning))
    const [run] = found
    if (run === undefined) throw notFound(beginning, ids)
    if (found.length === 1) return run
    const newest = found.slice(-5).join(', ')
    const which = found.length > 5 ? `, the newest are ${newest}` : `: ${newest}`
    throw new CpmError('USAGE', `${found.length} runs start with ${beginning}${which}`, {
      hint: 'cpm workflow list',
    })
  }

  /** Removes a run's folder with everything in it. The record goes first: after a crash, the rest is not a run. */
  remove(run: string): void {
    const folder = this.folder(run)
    try {
      fs.rmSync(path.join(folder, RUN_FILE), { force: true })
      fs.rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      throw fileError(error, 'remove', folder)
    }
  }

  #ids(): string[] {
    return namesIn(this.#root).filter(
      (name) => RUN_ID.test(name) && fs.existsSync(path.join(this.#root, name, RUN_FILE)),
    )
  }
}

function notFound(run: string, known: readonly string[] = []): CpmError {
  return new CpmError('RUN_NOT_FOUND', `there is no run ${run}${didYouMean(run, known)}`, { hint: 'cpm workflow list' })
}

function invalid(file: string, reason: string, cause?: unknown): CpmError {
  return new CpmError('RUN_INVALID', `the record ${file} can't be read: ${reason}`, { details: { file }, cause })
}

function parse<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  bytes: Buffer | undefined,
  missing: () => CpmError,
): z.infer<Schema> {
  if (!bytes) throw missing()
  const decoded = decodeText(bytes)
  if ('fault' in decoded) {
    const { line, column, message } = decoded.fault
    throw invalid(file, `${line}:${column} ${message}`)
  }
  let value: unknown
  try {
    value = parseLosslessJson(decoded.text)
  } catch (error) {
    throw invalid(file, 'it is not JSON', error)
  }
  refuseNewer(value, 'RUN_INVALID', `the record ${file}`)
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw invalid(file, `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim(), result.error)
}
