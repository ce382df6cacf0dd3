import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/run.ts';

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];

export interface OwnCertificate {
  /** PEM files: the certificate, its key, and the authority that signed it. */
  chain: string;
  key: string;
  authority: string;
}

/** A certificate for `host`, as a company's own authority makes them. */
export async function makeOwnCertificate(directory: string, name: string, host = 'localhost'): Promise<OwnCertificate> {
  const file = (ending: string) => join(directory, `${name}.${ending}`);
  const [chain, key, authority] = [file('pem'), file('key'), file('authority.pem')];
  const authorityKey = file('authority.key');
  const usage = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'];
  const files = ['-keyout', authorityKey, '-out', authority];
  await run('openssl', [
    'req',
    '-x509',
    ...newKey,
    '-days',
    '90',
    '-subj',
    `/CN=Authority ${name}`,
    ...usage,
    ...files,
  ]);
  await run('openssl', ['req', ...newKey, '-subj', `/CN=${name}`, '-keyout', key, '-out', file('csr')]);
  writeFileSync(file('ext'), `subjectAltName=DNS:${host}\nbasicConstraints=critical,CA:FALSE\n`);
  const signer = ['-CA', authority, '-CAkey', authorityKey, '-CAcreateserial', '-extfile', file('ext')];
  await run('openssl', ['x509', '-req', '-in', file('csr'), '-days', '90', ...signer, '-out', chain]);
  return { chain, key, authority };
}
