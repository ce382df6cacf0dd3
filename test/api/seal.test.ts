// What is sealed is opened only unchanged, with the same passphrase, and where it belongs.
import test from 'ava';
import { Seal, SealError } from '../../api/certificates/seal.ts';

const seal = new Seal('a-passphrase-of-thirty-two-letters');
const key = '-----BEGIN PRIVATE KEY-----\n한글\n-----END PRIVATE KEY-----\n';
const place = 'the certificate of gildong.example';
const sealed = seal.close(key, place);

test('it is opened by who has the passphrase, also in another process', (t) => {
  t.is(new Seal('a-passphrase-of-thirty-two-letters').open(sealed, place), key);
  t.false(sealed.includes('PRIVATE'));
  t.not(seal.close(key, place), sealed);
});

test('a changed byte, whichever it is, is refused', (t) => {
  const bytes = Buffer.from(sealed.slice(3), 'base64');
  for (let index = 0; index < bytes.length; index++) {
    const changed = Buffer.from(bytes);
    changed[index] = (changed[index] ?? 0) ^ 1;
    t.throws(() => seal.open(`v1:${changed.toString('base64')}`, place), { instanceOf: SealError }, String(index));
  }
});

test('another passphrase, another place, and what was never sealed are refused', (t) => {
  t.throws(() => new Seal('another-passphrase-of-many-letters').open(sealed, place), { instanceOf: SealError });
  t.throws(() => seal.open(sealed, 'the certificate of other.example'), { instanceOf: SealError });
  for (const text of ['', 'v1:', 'v1:AAAA', sealed.replace('v1', 'v2'), sealed.slice(0, -8), key])
    t.throws(() => seal.open(text, place), { instanceOf: SealError }, text);
});
