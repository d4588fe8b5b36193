'use strict'
// A second backend for the lab `shortener`: Node.js alone, no packages. It shares nothing with the reference in
// labs/shortener/reference, so that what both pass is the contract and not the habit of one of them.

const http = require('node:http')
const { Ledger } = require('./ledger')
const { Shortener } = require('./shortener')
const { HttpError, readJson, sendJson, sendProblem } = require('./wire')

const env = process.env
const host = env.HOST || '127.0.0.1'
const port = Number(env.PORT || 8000)
const baseUrl = env.BASE_URL || `http://${host}:${port}`

const ledger = Ledger.open(env.DATA_DIR || '.')
const shortener = new Shortener(ledger, baseUrl)

const KB64 = 64 * 1024
const MERGE = ['application/merge-patch+json', 'application/json']

async function handle (req, res) {
  const [rawPath, rawQuery = ''] = req.url.split(/\?(.*)/s)
  const parts = rawPath.split('/').slice(1).map(decode)
  const table = endpoints(parts)
  if (!table) throw new HttpError(404, 'No such page')
  const action = Object.hasOwn(table, req.method) ? table[req.method] : null
  if (!action) throw new HttpError(405, 'Method not allowed', { allow: Object.keys(table).join(', ') })
  await action(req, res, new URLSearchParams(rawQuery))
}

function endpoints (parts) {
  if (parts.length === 1 && parts[0] === 'healthz') return { GET: health }
  if (parts.length === 1 && parts[0] === 'keys') return { POST: issueKey }
  if (parts.length === 1 && parts[0] === 'links') return { GET: list, POST: create }
  if (parts.length === 2 && parts[0] === 'links' && parts[1] === 'batch') return { POST: createMany }
  if (parts.length === 2 && parts[0] === 'links' && parts[1]) return linkEndpoints(parts[1])
  if (parts.length === 1 && parts[0]) return { GET: visit(parts[0], true), HEAD: visit(parts[0], false) }
}

async function health (req, res) {
  sendJson(res, 200, { status: 'ok' })
}

async function issueKey (req, res) {
  const issued = shortener.register(await readJson(req, KB64))
  await ledger.settled()
  sendJson(res, 201, issued, { 'cache-control': 'no-store' })
}

async function create (req, res) {
  const owner = shortener.authenticate(req.headers.authorization)
  const [link] = shortener.create(owner, [await readJson(req, KB64)], false)
  await ledger.settled()
  sendJson(res, 201, shortener.view(link), { location: `${baseUrl}/links/${link.slug}`, etag: link.etag })
}

async function createMany (req, res) {
  const owner = shortener.authenticate(req.headers.authorization)
  const body = await readJson(req, 16 * KB64)
  const links = shortener.create(owner, shortener.batchOf(body), true)
  await ledger.settled()
  sendJson(res, 201, { items: links.map(link => shortener.view(link)) })
}

async function list (req, res, query) {
  const owner = shortener.authenticate(req.headers.authorization)
  const { links, next } = shortener.list(owner, query.get('limit'), query.get('cursor'))
  sendJson(res, 200, { items: links.map(link => shortener.view(link)), next_cursor: next })
}

function linkEndpoints (slug) {
  const mine = req => shortener.owned(shortener.authenticate(req.headers.authorization), slug)
  return {
    GET: async (req, res) => {
      const link = mine(req)
      sendJson(res, 200, shortener.view(link), { etag: link.etag })
    },
    PATCH: async (req, res) => {
      mine(req)
      const changes = await readJson(req, KB64, MERGE)
      const link = mine(req) // again: it may have gone while the body came in
      shortener.change(link, changes, req.headers['if-match'])
      const view = shortener.view(link)
      const headers = { etag: link.etag }
      await ledger.settled()
      sendJson(res, 200, view, headers)
    },
    DELETE: async (req, res) => {
      shortener.remove(mine(req), req.headers['if-match'])
      await ledger.settled()
      res.writeHead(204).end()
    }
  }
}

function visit (slug, counted) {
  return async (req, res) => {
    const url = shortener.visit(slug, req.socket.remoteAddress, counted)
    res.writeHead(302, { location: url, 'cache-control': 'no-store', 'content-length': 0 }).end()
  }
}

function decode (part) {
  try {
    return decodeURIComponent(part)
  } catch {
    return '\uFFFD' // no slug has this in it
  }
}

const open = new Set() // answers that are not finished
let stopping = false
const server = http.createServer((req, res) => {
  res.setHeader('x-content-type-options', 'nosniff')
  if (stopping) res.setHeader('connection', 'close')
  open.add(res)
  res.on('close', () => open.delete(res))
  handle(req, res).catch(error => {
    if (!(error instanceof HttpError)) {
      console.error(error)
      error = new HttpError(500, 'Unexpected error')
    }
    sendProblem(res, error)
  })
})
server.keepAliveTimeout = 30_000
server.listen(port, host)

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    stopping = true
    // A connection that is kept alive after its last answer would keep the server from closing.
    for (const res of open) if (!res.headersSent) res.setHeader('connection', 'close')
    server.close(() => {
      shortener.flushClicks()
      ledger.settled().then(() => process.exit(0))
    })
  })
}
