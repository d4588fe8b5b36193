'use strict'
// Bodies in, JSON and problem documents out.

const OVERRUN = 4 << 20 // bytes swallowed past a limit before the connection is cut

class HttpError extends Error {
  constructor (status, title, headers = {}, extra = {}) {
    super(title)
    Object.assign(this, { status, headers, extra })
  }
}

function invalid (errors) {
  return new HttpError(422, 'Invalid input', {}, { errors })
}

function readBody (req, limit) {
  return new Promise((resolve, reject) => {
    const kept = []
    let size = 0
    req.on('data', chunk => {
      size += chunk.length
      if (size <= limit) kept.push(chunk)
      else if (size > limit + OVERRUN) req.destroy()
    })
    req.on('end', () => size > limit ? reject(new HttpError(413, 'Body too large')) : resolve(Buffer.concat(kept)))
    req.on('error', () => reject(new HttpError(400, 'Body cut off')))
  })
}

async function readJson (req, limit, types = ['application/json']) {
  const bytes = await readBody(req, limit)
  const type = (req.headers['content-type'] || '').split(';')[0].trim().toLowerCase()
  if (!types.includes(type)) throw new HttpError(415, `Send ${types.join(' or ')}`)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (error) {
    throw new HttpError(400, 'Body is not JSON')
  }
}

function sendJson (res, status, value, headers = {}, type = 'application/json') {
  const body = Buffer.from(JSON.stringify(value))
  res.writeHead(status, { ...headers, 'content-type': type, 'content-length': body.length })
  res.end(body)
}

function sendProblem (res, error) {
  if (res.headersSent || res.destroyed) return res.destroy()
  const problem = { title: error.message, status: error.status, ...error.extra }
  sendJson(res, error.status, problem, error.headers, 'application/problem+json')
}

module.exports = { HttpError, invalid, readJson, sendJson, sendProblem }
