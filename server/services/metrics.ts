import type { OpenMetricsContentType, Registry } from 'prom-client'

/** What is known about a request after it was answered. */
export interface Answered {
  /** a route's id, or `none` */
  route: string
  method: string
  status: number
  seconds: number
  bytesIn: number
  bytesOut: number
}

const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'OPTIONS']

interface Instruments {
  measurements: Registry<OpenMetricsContentType>
  note(answered: Answered): void
  published(outcome: string): void
}

/**
 * Collects metrics in the OpenMetrics format. The labels are route id, method and status class. Clients can't choose
 * their values, so the number of series is fixed. The library loads after the server has started to listen; earlier
 * measurements wait for it.
 */
export class Metrics {
  readonly #waiting: ((instruments: Instruments) => void)[] = []
  #instruments: Instruments | undefined

  note(answered: Answered): void {
    const { route, method, status } = answered
    const labelled = { ...answered, route, method: METHODS.includes(method) ? method : 'other', status }
    this.#tell((instruments) => {
      instruments.note(labelled)
    })
  }

  published(outcome: string): void {
    this.#tell((instruments) => {
      instruments.published(outcome)
    })
  }

  async text(): Promise<{ text: string; type: string }> {
    const { measurements } = await this.load()
    return { text: await measurements.metrics(), type: measurements.contentType }
  }

  async load(): Promise<Instruments> {
    this.#instruments ??= await createInstruments()
    for (const tell of this.#waiting.splice(0)) tell(this.#instruments)
    return this.#instruments
  }

  #tell(tell: (instruments: Instruments) => void): void {
    if (this.#instruments) tell(this.#instruments)
    else this.#waiting.push(tell)
  }
}

async function createInstruments(): Promise<Instruments> {
  const { collectDefaultMetrics, Counter, Histogram, Registry } = await import('prom-client')
  const measurements = new Registry<OpenMetricsContentType>()
  measurements.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  const registers = [measurements]
  collectDefaultMetrics({ register: measurements })
  const labelNames = ['route', 'method', 'status'] as const
  const duration = new Histogram({
    name: 'cpm_http_request_duration_seconds',
    help: 'Request duration in seconds, by route',
    labelNames,
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60],
    registers,
  })
  const received = new Counter({ name: 'cpm_http_received_bytes', help: 'Bytes received in request bodies', registers })
  const sent = new Counter({ name: 'cpm_http_sent_bytes', help: 'Bytes sent in response bodies', registers })
  const publications = new Counter({
    name: 'cpm_published_packages',
    help: 'Packages in publish requests, by outcome',
    labelNames: ['outcome'] as const,
    registers,
  })
  return {
    measurements,
    note: ({ route, method, status, seconds, bytesIn, bytesOut }) => {
      duration.observe({ route, method, status: `${Math.floor(status / 100)}xx` }, seconds)
      received.inc(bytesIn)
      sent.inc(bytesOut)
    },
    published: (outcome) => {
      publications.inc({ outcome })
    },
  }
}
