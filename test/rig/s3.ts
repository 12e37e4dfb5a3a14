import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'

interface S3Context {
  method: string
  path: string
  status: number
  body: unknown
  get: (header: string) => string
  remove: (header: string) => void
  req: { socket: { destroy: () => void } }
}

/** The parts that are used of a package without types. */
interface S3rver {
  logger: { silent: boolean }
  middleware: ((context: S3Context, next: () => Promise<void>) => Promise<void>)[]
  run: () => Promise<{ port: number }>
  close: () => Promise<void>
}
const S3rverClass = createRequire(import.meta.url)('@20minutes/s3rver') as new (options: object) => S3rver

/** A way in which a request fails. */
export type S3Fault = 'cut' | { status: number; code: string }

/**
 * A real S3 server on a free local port, with one bucket. The server checks signatures; this class adds the check that
 * the bytes match the signed digest, which every S3 makes.
 */
export class TestS3 {
  readonly bucket = 'colony'
  /** methods and paths, in order */
  readonly requests: string[] = []
  /** decides whether a request fails */
  fault: (method: string, path: string) => S3Fault | undefined = () => undefined
  /** the largest number of concurrent requests so far */
  mostAtOnce = 0
  #underWay = 0
  readonly #stores = new Map<string, Promise<void>>()
  readonly #folder: string
  readonly #server: S3rver
  #port = 0

  private constructor(allowMismatchedSignatures: boolean) {
    this.#folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-s3-'))
    this.#server = new S3rverClass({
      port: 0,
      address: '127.0.0.1',
      silent: true,
      allowMismatchedSignatures,
      directory: this.#folder,
      configureBuckets: [{ name: this.bucket }],
    })
    // Without this, it complains on every request that it has no error listener.
    this.#server.logger.silent = true
    this.#server.middleware.unshift(async (context, next) => {
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#underWay)
      await this.#answer(context, next).finally(() => this.#underWay--)
    })
  }

  /**
   * @param anySignature for clients that sign the bucket's address with a trailing slash, which this server mishandles
   */
  static async start({ anySignature = false } = {}): Promise<TestS3> {
    const s3 = new TestS3(anySignature)
    s3.#port = (await s3.#server.run()).port
    return s3
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close()
    fs.rmSync(this.#folder, { recursive: true, force: true })
  }

  get endpoint(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** The environment variables that point the colonies CLI and cpm to this bucket. */
  get env(): Record<string, string> {
    return {
      AWS_S3_ENDPOINT: this.endpoint,
      AWS_S3_BUCKET: this.bucket,
      AWS_S3_ACCESSKEY: 'S3RVER',
      AWS_S3_SECRETKEY: 'S3RVER',
      AWS_S3_TLS: 'false',
    }
  }

  /** The number of PUT requests. */
  get puts(): number {
    return this.requests.filter((request) => request.startsWith('PUT')).length
  }

  /** Returns the bytes of an object; undefined if it doesn't exist. */
  object(key: string): Buffer | undefined {
    const file = this.#file(key)
    return fs.existsSync(file) ? fs.readFileSync(file) : undefined
  }

  objects(): Buffer[] {
    const folder = path.join(this.#folder, this.bucket)
    const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })
    return files.filter((file) => file.endsWith('_object')).map((file) => fs.readFileSync(path.join(folder, file)))
  }

  clear(): void {
    const folder = path.join(this.#folder, this.bucket)
    for (const name of fs.readdirSync(folder)) fs.rmSync(path.join(folder, name), { recursive: true })
  }

  remove(key: string): void {
    fs.rmSync(this.#file(key))
  }

  /** Replaces an object, as anybody with a key for the bucket can. */
  replace(key: string, bytes: Buffer): void {
    fs.writeFileSync(this.#file(key), bytes)
    fs.rmSync(`${this.#file(key)}.md5`, { force: true })
  }

  #file(key: string): string {
    return path.join(this.#folder, this.bucket, `${key}._S3rver_object`)
  }

  async #answer(context: S3Context, next: () => Promise<void>): Promise<void> {
    const { method, path: asked } = context
    this.requests.push(`${method} ${asked}`)
    const fault = this.fault(method, asked)
    if (fault === 'cut') {
      context.req.socket.destroy()
      return
    }
    if (fault) {
      context.status = fault.status
      context.body = `<?xml version="1.0"?><Error><Code>${fault.code}</Code></Error>`
      return
    }
    if (method !== 'PUT') await next()
    else await this.#alone(asked, () => this.#store(context, next))
  }

  /**
   * Runs uploads of the same object one after the other, because this server would mix their bytes, unlike a real S3.
   */
  async #alone(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.#stores.get(key) ?? Promise.resolve()
    const mine = before.then(work)
    this.#stores.set(
      key,
      mine.catch(() => undefined),
    )
    await mine
  }

  async #store(context: S3Context, next: () => Promise<void>): Promise<void> {
    const { path: asked } = context
    await next()
    if (context.status !== 200) return
    const key = asked.slice(`/${this.bucket}/`.length)
    const stored = createHash('sha256')
      .update(this.object(key) ?? '')
      .digest('hex')
    if (stored === context.get('x-amz-content-sha256')) return
    this.remove(key)
    context.remove('ETag')
    context.status = 400
    context.body = '<Error><Code>XAmzContentSHA256Mismatch</Code></Error>'
  }
}
