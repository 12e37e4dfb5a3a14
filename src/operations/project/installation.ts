import path from 'node:path'
import { isPackageName } from '../../schema/name.ts'
import { isThere } from '../../core/atomic-file.ts'
import type { Settings } from '../../core/config.ts'
import { CpmError } from '../../core/errors.ts'
import type { Home } from '../../core/home.ts'
import { StagingArea } from '../../core/staging.ts'
import { CarriedProofs } from '../../installer/prove/carried-proofs.ts'
import { CachedEvidence } from '../../installer/prove/evidence.ts'
import { noteUndisturbed } from '../../installer/note-undisturbed.ts'
import { rootFolder } from '../../installer/find-project.ts'
import type { Installation } from '../../installer/installation.ts'
import type { Project } from '../../installer/project.ts'
import { Policy } from '../../installer/policy.ts'
import { SettledProjects } from '../../installer/settled-project.ts'
import { Store } from '../../installer/store.ts'
import { readTrust } from '../../installer/trust-file.ts'
import type { Session } from '../session.ts'
import { governed } from '../policy/governed-source.ts'
import { PolicyGate } from '../policy/policy-gate.ts'
import { Registries } from '../registries/registries.ts'
import { installHooks } from '../plugins/install-hooks.ts'
import { siteStores } from './site-stores.ts'

/** Where packages come from and how they are installed. */
export interface InstallationFlags {
  /** a folder, a URL, or a name from the settings */
  registry?: string | undefined
  /** seconds to wait for another cpm process */
  lockTimeout?: number | undefined
  /** copy packages into colony_packages instead of linking them */
  copy?: boolean
  /** use only what is on this machine */
  offline?: boolean
}

interface InstallationOptions {
  /** by default those of the project or its workspace */
  settings?: Settings | undefined
  /** the members of the workspace whose root the project is */
  members?: readonly Project[]
}

/** The parts of an installation, with what the operations around it need too. */
export interface CreatedInstallation extends Installation {
  readonly gate: PolicyGate
  readonly home: Home
}

/** Creates the parts that an installation works with from settings and flags. */
export async function createInstallation(
  session: Session,
  project: Project,
  flags: InstallationFlags,
  { settings, members = [] }: InstallationOptions = {},
): Promise<CreatedInstallation> {
  const { emit, pool, signal, cpmVersion } = session
  const config = settings ?? (await session.config(rootFolder(project)))
  if (flags.registry !== undefined) requireValue(flags.registry, session.cwd, config)
  const home = session.home(config)
  const staging = new StagingArea(path.join(home.cache, 'tmp'))
  const store = new Store(home.store, siteStores(session, config, home))
  const lockTimeout = session.lockTimeout(config, flags.lockTimeout)
  const registries = new Registries({
    context: session,
    settings: config,
    staging,
    flag: flags.registry,
    lockTimeout,
    offline: flags.offline === true,
  })
  const gate = new PolicyGate({ session, settings: config, registries, offline: flags.offline === true })
  const policy = new Policy(config.security ?? {}, readTrust(home.trust))
  const hooks = await session.hooks()
  const mode = flags.copy === true ? 'copy' : (config.install?.mode ?? 'link')
  return {
    project,
    members,
    store,
    settled: new SettledProjects({ folder: path.join(home.cache, 'settled'), staging, policy, cpmVersion }),
    evidence: new CachedEvidence(home.cache, staging),
    carried: new CarriedProofs([project, ...members]),
    policy,
    rules: gate,
    gate,
    home,
    pool,
    source: governed(registries, gate),
    mode,
    cpmVersion,
    lockTimeout,
    emit,
    hooks: hooks && installHooks(hooks, project, store),
    signal,
    noteUndisturbed: (command, report) => {
      // Plugins may know today what they did not know yesterday.
      if (command === 'ci' && hooks?.has('onVerify') === true) return
      const isPlain = Object.values(flags).every((flag) => flag === undefined || flag === false)
      if (!isPlain || gate.mayExpire() || !session.isQuiet()) return
      const temporary = () => staging.temporary()
      const { env, cwd, since } = session
      noteUndisturbed({ project, store, mode, cpmVersion }, report, { command, home, env, cwd, since, temporary })
    },
    sweep: () => {
      store.sweep()
      staging.sweep()
    },
  }
}

/** Refuses the name of a package after `--registry`, whose own value was forgotten. @throws CpmError REGISTRY_INVALID */
function requireValue(flag: string, cwd: string, { registriesOf: { user, project } }: Settings): void {
  const isKnown = Object.hasOwn({ ...user.registries, ...project.registries }, flag)
  if (isKnown || !isPackageName(flag) || isThere(path.resolve(cwd, flag))) return
  throw new CpmError(
    'REGISTRY_INVALID',
    `there is no registry ${flag}: your settings don't name it, and there is no such folder`,
    {
      hint: `if ${flag} is a package, pass the registry first: --registry <registry> ${flag}`,
    },
  )
}
