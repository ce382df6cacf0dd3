import type { Certificate } from '../../models/certificate.ts';
import type { Hosting } from '../../models/hosting.ts';
import type { Models } from '../../models/models.ts';
import type { Database } from '../database.ts';
import { Joined, type JoinedRow, madeOnce } from './joined.ts';
import { selectPrepared } from './select.ts';

const shownOfHosting = [
  'userId',
  'machineId',
  'status',
  'vmIp',
  'sshPort',
  'sshPasswordHash',
  'routedHost',
  'startedAt',
  'createdAt',
  'sleep',
  'asleepSince',
  'asleepReason',
] as const;
const shownOfCertificate = ['notAfter', 'failures', 'problemCode', 'problemDetail', 'nextAttemptAt'] as const;

/** What answers tell of a hosting. Each column more costs each call that shows one. */
export type ShownMachine = Pick<Hosting, (typeof shownOfHosting)[number]>;

/** What answers tell of a certificate: neither chain nor key, which are long. */
export type ShownCertificate = Pick<Certificate, (typeof shownOfCertificate)[number]>;

/** A hosting, with the certificate that its host has or is to have: its own, or the one of all hosts of its domain. */
export interface ShownHosting {
  hosting: ShownMachine;
  certificate: ShownCertificate | null;
}

/** How a statement that reads `hostings` shows them. */
export class ShownHostings {
  readonly columns: string;
  /** To stand after `hostings`. */
  readonly join = `LEFT JOIN LATERAL (
      SELECT * FROM certificates WHERE host IN (routed_host, '*' || substr(routed_host, strpos(routed_host, '.')))
        AND unwanted_since IS NULL ORDER BY host LIKE '*%' LIMIT 1
    ) AS certificates ON true`;
  readonly #hostings: Joined<Hosting, ShownMachine>;
  readonly #certificates: Joined<Certificate, ShownCertificate>;

  constructor({ Hosting, Certificate }: Models) {
    this.#hostings = new Joined<Hosting, ShownMachine>(Hosting, 'hostings', [...shownOfHosting]);
    this.#certificates = new Joined<Certificate, ShownCertificate>(Certificate, 'certificates', [
      ...shownOfCertificate,
    ]);
    this.columns = `${this.#hostings.columns}, ${this.#certificates.columns}`;
  }

  /** Null where an outer join found no hosting. */
  of(row: JoinedRow): ShownHosting | null {
    const hosting = this.#hostings.ofOuter(row);
    return hosting && { hosting, certificate: this.#certificates.ofOuter(row) };
  }
}

const statement = madeOnce((models) => {
  const hostings = new ShownHostings(models);
  const text = `SELECT ${hostings.columns} FROM hostings ${hostings.join} WHERE hostings.user_id = $1`;
  return { name: 'hosting', text, hostings };
});

/** A user's hosting, as answers show it; null when there is none. */
export async function findHosting(database: Database, userId: number): Promise<ShownHosting | null> {
  const { name, text, hostings } = statement(database);
  const [row] = await selectPrepared<JoinedRow>(database, { name, text }, [userId]);
  return row ? hostings.of(row) : null;
}
