import { createHash } from 'node:crypto'
import type { RegistryConfig } from '../../src/schema/registry-config.ts'
import type { Route } from '../../src/schema/route.ts'
import { ROUTES } from '../../src/schema/routes.ts'

/**
 * Returns the page at `/`, which describes the API for people. It loads and runs nothing, and its policy enforces that.
 */
export function pageOf({ name, id }: RegistryConfig): { html: string; policy: string } {
  const hash = createHash('sha256').update(STYLE).digest('base64')
  return {
    html: html(name, id),
    policy: `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
  }
}

const STYLE = `
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--dim:light-dark(#555,#aaa);--key:light-dark(#0b57d0,#8ab4f8)}
body{font:16px/1.55 system-ui,sans-serif;max-width:62rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.7rem;margin:0}h2{font-size:1.1rem;margin:2.2rem 0 .6rem}p{margin:.5rem 0}.dim{color:var(--dim)}
code{font:.875em/1.4 ui-monospace,monospace;background:var(--soft);padding:.1em .35em;border-radius:4px;overflow-wrap:anywhere}
pre{background:var(--soft);padding:.8rem 1rem;border-radius:8px;overflow:auto}pre code{background:none;padding:0}
table{border-collapse:collapse;width:100%}td{padding:.5rem .6rem;border-top:1px solid var(--line);vertical-align:top}
td:first-child{font:600 .8rem/1.9 ui-monospace,monospace;color:var(--key);width:4rem}td:last-child{color:var(--dim);width:5.5rem;text-align:right;font-size:.875rem}
a{color:var(--key)}@media(max-width:40rem){td:last-child{display:none}}
`

const TITLES: readonly [title: string, holds: (route: Route) => boolean][] = [
  ['Files', ({ path }) => /^\/(?:config|index|keys|packages)/.test(path)],
  ['Packages', ({ path }) => path.startsWith('/api/v1/packages')],
  ['Publishing and resolving', ({ path }) => /^\/api\/v1\/(?:publish|envelopes|resolve)/.test(path)],
  ['Service', () => true],
]

const ACCESS: Record<Route['access'], string> = {
  open: 'open',
  read: 'read',
  publish: 'publish',
  yank: 'yank',
  owner: 'owner',
}

function html(name: string, id: string): string {
  const left = new Set([...ROUTES].sort((a, b) => (a.path < b.path ? -1 : 1)))
  const sections = TITLES.map(([title, holds]) => {
    const routes = [...left].filter(holds)
    for (const route of routes) left.delete(route)
    return `<h2>${title}</h2>\n<table>\n${routes.map(row).join('\n')}\n</table>`
  })
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(name)}: a cpm registry</title><style>${STYLE}</style></head>
<body>
<main>
<h1>${escaped(name)}</h1>
<p class="dim">a cpm registry, <code>${escaped(id)}</code></p>
<p>To use it, pass this page's address to <code>--registry</code> or put it into your settings. Publishing needs a token.</p>
<pre><code>cpm publish --registry &lt;this address&gt;
cpm install thumbnails --registry &lt;this address&gt;</code></pre>
<p>The API is described in <a href="/openapi.json">openapi.json</a>. In place of <code>:name</code>, a scoped name takes two path segments, such as <code>@org/tools</code>. Paths are never percent-encoded.</p>
${sections.join('\n')}
</main>
</body>
</html>
`
}

function row({ method, path, summary, access }: Route): string {
  return `<tr><td>${method}</td><td><code>${escaped(path)}</code><p>${escaped(summary)}</p></td><td>${ACCESS[access]}</td></tr>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
