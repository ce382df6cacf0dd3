// What a domain is after a look at it, by what it was and what was found.
import test from 'ava';
import { standingAfter } from '../../api/domains/state.ts';
import type { DomainState, MissingCode } from '../../api/models/domain.ts';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

interface Case {
  state: DomainState;
  missing: MissingCode[];
  /** Milliseconds since it was added, and since the proof was gone. */
  age?: number;
  gone?: number;
  /** Milliseconds since it was looked at while many were gone. */
  spared?: number;
  expected: [state: DomainState, next: number | null];
}
const now = new Date('2026-11-29T12:00:00Z');
const cases: Case[] = [
  { state: 'unproven', missing: ['no_record'], age: 0, expected: ['unproven', minute] },
  { state: 'unproven', missing: ['no_record'], age: hour - 1, expected: ['unproven', minute] },
  { state: 'unproven', missing: ['no_record'], age: hour, expected: ['unproven', 10 * minute] },
  { state: 'unproven', missing: ['dns_silent'], age: day, expected: ['unproven', hour] },
  { state: 'unproven', missing: ['no_record'], age: 7 * day, expected: ['unproven', null] },
  { state: 'unproven', missing: ['not_reached'], expected: ['unproven', minute] },
  { state: 'unproven', missing: [], age: 30 * day, expected: ['active', day] },
  { state: 'active', missing: [], expected: ['active', day] },
  { state: 'active', missing: ['dns_silent'], expected: ['active', hour] },
  { state: 'active', missing: ['server_unknown'], expected: ['active', hour] },
  { state: 'active', missing: ['not_reached'], expected: ['active', hour] },
  { state: 'active', missing: ['points_elsewhere'], expected: ['lapsing', hour] },
  { state: 'active', missing: ['no_such_name', 'dns_silent'], expected: ['lapsing', hour] },
  { state: 'lapsing', missing: ['other_record'], gone: 7 * day - 1, expected: ['lapsing', hour] },
  { state: 'lapsing', missing: ['other_record'], gone: 7 * day, expected: ['released', null] },
  { state: 'lapsing', missing: ['other_record'], gone: 20 * day, spared: 0, expected: ['lapsing', hour] },
  { state: 'lapsing', missing: ['other_record'], gone: 20 * day, spared: day - 1, expected: ['lapsing', hour] },
  { state: 'lapsing', missing: ['other_record'], gone: 20 * day, spared: day, expected: ['released', null] },
  { state: 'lapsing', missing: ['other_record'], gone: 6 * day, spared: 2 * day, expected: ['lapsing', hour] },
  { state: 'lapsing', missing: ['other_record'], gone: 30 * day - 1, spared: 0, expected: ['lapsing', hour] },
  { state: 'lapsing', missing: ['other_record'], gone: 30 * day, spared: 0, expected: ['released', null] },
  { state: 'lapsing', missing: ['dns_silent'], gone: 30 * day, expected: ['lapsing', hour] },
  { state: 'lapsing', missing: ['not_reached'], gone: 30 * day, expected: ['active', hour] },
  { state: 'lapsing', missing: [], gone: 30 * day, expected: ['active', day] },
];
for (const { state, missing, age = 0, gone, spared, expected } of cases)
  test(`${state}, ${age / hour} h old, gone for ${(gone ?? 0) / hour} h, spared ${spared === undefined ? 'never' : `${spared / hour} h ago`}, lacks ${missing.join(' and ') || 'nothing'}`, (t) => {
    const ago = (milliseconds: number) => new Date(now.getTime() - milliseconds);
    const agoIf = (milliseconds?: number) => (milliseconds === undefined ? null : ago(milliseconds));
    const domain = { state, createdAt: ago(age), goneSince: agoIf(gone), sparedAt: agoIf(spared) };
    const after = standingAfter(domain, { missing: missing.map((code) => ({ code, found: [] })) }, now);
    const next = after.nextCheckAt && after.nextCheckAt.getTime() - now.getTime();
    t.deepEqual([after.state, next], expected);
    t.is(after.goneSince === null, after.state === 'active' || after.state === 'unproven');
    t.is(after.releasedAt !== null, after.state === 'released');
  });
