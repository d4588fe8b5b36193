'use strict'
// The links in memory and the rules about them. Every method runs to its end without a pause, so no two can interleave;
// what it changed goes to the ledger, and the caller answers when the ledger has settled.

const crypto = require('node:crypto')
const { HttpError, invalid } = require('./wire')
const { Doorman } = require('./doorman')
const { faultOf } = require('./target-url')

const RESERVED = new Set(['links', 'keys', 'healthz', 'batch'])
const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i
const ALPHABET = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const digest = text => crypto.createHash('sha256').update(text).digest('base64url')

class Shortener {
  constructor (ledger, baseUrl) {
    this.ledger = ledger
    this.baseUrl = baseUrl
    this.home = new URL(baseUrl)
    this.doorman = new Doorman()
    this.owners = new Map() // digest of key -> { id, links in order of creation }
    this.links = new Map() // slug -> link
    this.clicked = new Map() // slug -> clicks that are not in the ledger yet
    this.revision = 0
    for (const entry of ledger.past) this._replay(entry)
    ledger.past = null
    this.secret ??= this._record({ op: 'secret', secret: crypto.randomBytes(32).toString('hex') }).secret
    setInterval(() => this.flushClicks(), 200).unref()
  }

  register (body) {
    const wrong = shapeErrors(body, ['name'], '')
    if (!wrong.length && !(isText(body.name, 100) && body.name)) wrong.push({ field: 'name', message: 'must be 1 to 100 characters' })
    if (wrong.length) throw invalid(wrong)
    const key = 'sk_' + crypto.randomBytes(20).toString('hex')
    const id = crypto.randomUUID()
    this._record({ op: 'owner', id, name: body.name, digest: digest(key) })
    return { key, owner: id }
  }

  authenticate (header = '') {
    const owner = /^bearer [\x21-\x7e]+$/i.test(header) && this.owners.get(digest(header.slice(7)))
    if (!owner) throw new HttpError(401, 'Key missing or unknown', { 'www-authenticate': 'Bearer realm="links"' })
    return owner
  }

  batchOf (body) {
    const wrong = shapeErrors(body, ['links'], '')
    if (!wrong.length && !(Array.isArray(body.links) && body.links.length >= 1 && body.links.length <= 1000)) {
      wrong.push({ field: 'links', message: 'must be 1 to 1000 links' })
    }
    if (wrong.length) throw invalid(wrong)
    return body.links
  }

  create (owner, drafts, many) {
    const wrong = drafts.flatMap((draft, at) => this._draftErrors(draft, many ? `links.${at}` : ''))
    if (wrong.length) throw invalid(wrong)
    const aliases = drafts.map(draft => draft.alias).filter(Boolean)
    if (new Set(aliases).size < aliases.length || aliases.some(alias => this.links.has(alias))) {
      throw new HttpError(409, 'Alias taken')
    }
    const links = drafts.map(draft => ({
      slug: draft.alias || this._freeSlug(),
      url: draft.url,
      title: draft.title ?? null,
      created: Date.now(),
      expires: draft.expires_at ? Date.parse(draft.expires_at) : null
    }))
    this._record({ op: 'links', owner: owner.digest, links })
    return links.map(({ slug }) => this.links.get(slug))
  }

  owned (owner, slug) {
    const link = this.links.get(slug)
    if (link?.owner !== owner) throw new HttpError(404, 'No such link')
    return link
  }

  list (owner, limit, cursor) {
    const wrong = []
    const size = limit === null ? 20 : /^[1-9]\d?$|^100$/.test(limit) ? Number(limit) : 0
    if (!size) wrong.push({ field: 'limit', message: 'must be 1 to 100' })
    const before = cursor === null ? Infinity : this._readCursor(cursor)
    if (before === null) wrong.push({ field: 'cursor', message: 'must be one that an earlier page gave' })
    if (wrong.length) throw invalid(wrong)
    const end = indexBefore(owner.links, before)
    const links = owner.links.slice(Math.max(0, end - size), end).reverse()
    return { links, next: end > size ? this._writeCursor(links.at(-1).serial) : null }
  }

  change (link, changes, ifMatch) {
    const wrong = this._draftErrors(changes, '', ['url', 'title', 'expires_at'])
    if (wrong.length) throw invalid(wrong)
    checkMatch(link, ifMatch)
    const set = { ...changes }
    if (set.expires_at) set.expires_at = Date.parse(set.expires_at)
    this._record({ op: 'change', slug: link.slug, set })
  }

  remove (link, ifMatch) {
    checkMatch(link, ifMatch)
    this._record({ op: 'remove', slug: link.slug })
  }

  visit (slug, address, counted) {
    this.doorman.admit(address)
    const link = this.links.get(slug)
    if (!link) {
      this.doorman.missed(address)
      throw new HttpError(404, 'No such link')
    }
    if (link.expires !== null && link.expires <= Date.now()) throw new HttpError(410, 'Link expired')
    if (counted) {
      link.clicks += 1
      this.clicked.set(slug, (this.clicked.get(slug) ?? 0) + 1)
    }
    return link.url
  }

  flushClicks () {
    if (!this.clicked.size) return
    const counts = [...this.clicked].filter(([slug]) => this.links.has(slug))
    this.clicked.clear()
    this.ledger.append({ op: 'clicks', counts })
    this.ledger.settled()
  }

  view (link) {
    return {
      slug: link.slug,
      url: link.url,
      short_url: `${this.baseUrl}/${link.slug}`,
      title: link.title,
      clicks: link.clicks,
      created_at: new Date(link.created).toISOString(),
      expires_at: link.expires === null ? null : new Date(link.expires).toISOString()
    }
  }

  _draftErrors (draft, prefix, allowed = ['url', 'alias', 'title', 'expires_at']) {
    const at = field => prefix ? `${prefix}.${field}` : field
    const wrong = shapeErrors(draft, allowed, prefix)
    if (wrong.some(({ field }) => field === prefix)) return wrong
    const fault = (field, message) => message && wrong.push({ field: at(field), message })
    if ('url' in draft || allowed.includes('alias')) fault('url', faultOf(draft.url, this.home))
    if (allowed.includes('alias')) fault('alias', aliasFault(draft.alias ?? null))
    fault('title', (draft.title ?? null) !== null && !isText(draft.title, 200) && 'must be at most 200 characters')
    fault('expires_at', expiryFault(draft.expires_at ?? null))
    return wrong
  }

  _freeSlug () {
    for (;;) {
      const slug = Array.from({ length: 9 }, () => ALPHABET[crypto.randomInt(ALPHABET.length)]).join('')
      if (!this.links.has(slug)) return slug
    }
  }

  _writeCursor (serial) {
    const place = serial.toString(36)
    return `${place}.${this._sign(place)}`
  }

  _readCursor (cursor) {
    const [place, signature] = cursor.split('.')
    return signature === this._sign(place) ? parseInt(place, 36) : null
  }

  _sign (place) {
    return crypto.createHmac('sha256', this.secret).update(place).digest('base64url').slice(0, 16)
  }

  _record (entry) {
    this.ledger.append(entry)
    this._replay(entry)
    return entry
  }

  _replay (entry) {
    if (entry.op !== 'clicks') this.revision += 1 // an ETag must not change because of a click, nor at the next start
    switch (entry.op) {
      case 'secret': this.secret = entry.secret; break
      case 'owner': this.owners.set(entry.digest, { id: entry.id, digest: entry.digest, links: [] }); break
      case 'links': this._add(entry); break
      case 'change': this._apply(this.links.get(entry.slug), entry.set); break
      case 'remove': this._drop(this.links.get(entry.slug)); break
      case 'clicks': for (const [slug, n] of entry.counts) if (this.links.has(slug)) this.links.get(slug).clicks += n
    }
  }

  _add ({ owner: ownerDigest, links }) {
    const owner = this.owners.get(ownerDigest)
    for (const fields of links) {
      const serial = this.serial = (this.serial ?? 0) + 1
      const link = { ...fields, owner, serial, clicks: 0, etag: `"r${serial}.${this.revision}"` }
      this.links.set(link.slug, link)
      owner.links.push(link)
    }
  }

  _apply (link, set) {
    if ('url' in set) link.url = set.url
    if ('title' in set) link.title = set.title
    if ('expires_at' in set) link.expires = set.expires_at
    link.etag = `"r${link.serial}.${this.revision}"`
  }

  _drop (link) {
    this.links.delete(link.slug)
    this.clicked.delete(link.slug)
    const links = link.owner.links
    links.splice(indexBefore(links, link.serial), 1)
  }
}

/** How many of the links (in order of serial) come before this serial. */
function indexBefore (links, serial) {
  let low = 0
  let high = links.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (links[middle].serial < serial) low = middle + 1
    else high = middle
  }
  return low
}

function checkMatch (link, ifMatch) {
  if (ifMatch === undefined || ifMatch.trim() === '*') return
  if (!ifMatch.split(',').some(tag => tag.trim() === link.etag)) throw new HttpError(412, 'Link has changed')
}

function shapeErrors (value, allowed, prefix) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ field: prefix, message: 'must be an object' }]
  }
  const unknown = Object.keys(value).filter(field => !allowed.includes(field))
  return unknown.map(field => ({ field: prefix ? `${prefix}.${field}` : field, message: 'is unknown or read-only' }))
}

function isText (value, most) {
  return typeof value === 'string' && value.isWellFormed() && [...value].length <= most
}

function aliasFault (alias) {
  if (alias === null) return null
  if (typeof alias !== 'string' || !/^[\w-]{3,64}$/.test(alias)) return 'must be 3 to 64 letters, digits, - or _'
  return RESERVED.has(alias.toLowerCase()) ? 'is reserved' : null
}

function expiryFault (value) {
  if (value === null) return null
  const [, year, month, day] = (typeof value === 'string' && INSTANT.exec(value)) || []
  const when = year ? Date.parse(value.toUpperCase()) : NaN
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate() // of that month: Date.parse lets 30 February pass
  if (Number.isNaN(when) || day > days) return 'must be an RFC 3339 time with an offset'
  return when <= Date.now() ? 'must lie in the future' : null
}

module.exports = { Shortener }
