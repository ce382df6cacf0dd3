// An authority that makes accounts only for who has one there already (external account binding): Pebble.
import { randomBytes } from 'node:crypto';
import test from 'ava';
import { authorityOf } from '../../api/certificates/settings.ts';
import { keepCertificates } from '../../api/certificates/turn.ts';
import { type CertifiedInstallation, letBeDue, makeSite, rowOf, startCertified } from '../support/acme/installation.ts';
import { dumpDatabase } from '../support/api/rows.ts';

let place: CertifiedInstallation;
const models = () => place.api.stores.database.models;
const [kid, hmacKey] = ['kid-of-the-operator', randomBytes(32).toString('base64url')];

test.before(async () => {
  place = await startCertified({ bindings: { [kid]: hmacKey } });
});
test.after.always(() => place.stop());

/** What a worker works with, by these settings. */
function workWith(settings: { ACME_EAB_KID?: string; ACME_EAB_HMAC_KEY?: string }) {
  const { directory, caFile } = place.pebble;
  const none = { ACME_EAB_KID: undefined, ACME_EAB_HMAC_KEY: undefined };
  const of = { ACME_DIRECTORY: directory, ACME_EMAIL: undefined, ACME_CA_FILE: caFile, ...none, ...settings };
  return place.work({ own: [], authority: authorityOf(of)! });
}

const account = () => models().AcmeAccount.findByPk(place.pebble.directory, { rejectOnEmpty: true });

test.serial('without a binding, or with a wrong one, nobody gets anything, and it is said why', async (t) => {
  const { host } = await makeSite(place);
  await makeSite(place);
  const wrong = [
    [{}, 'externalAccountRequired'],
    [{ ACME_EAB_KID: 'another', ACME_EAB_HMAC_KEY: hmacKey }, 'accountRefused'],
    [{ ACME_EAB_KID: kid, ACME_EAB_HMAC_KEY: randomBytes(32).toString('base64url') }, 'accountRefused'],
  ] as const;
  for (const [index, [settings, code]] of wrong.entries()) {
    await keepCertificates(workWith(settings));
    t.like(await account(), { problemCode: code, failures: index + 1, url: null });
    t.truthy((await account()).problemDetail);
    await models().AcmeAccount.update({ nextAttemptAt: new Date() }, { where: {} });
    await letBeDue(place, host);
  }
});

test.serial('with it the account is made, once, and the key is nowhere', async (t) => {
  const { host } = await makeSite(place);
  const work = workWith({ ACME_EAB_KID: kid, ACME_EAB_HMAC_KEY: hmacKey });
  await models().Certificate.update({ nextAttemptAt: new Date() }, { where: {} });
  await keepCertificates(work);
  t.truthy((await rowOf(place, host)).chain);
  t.truthy((await account()).url);
  // The account is bound for good.
  await letBeDue(place, host);
  await keepCertificates(workWith({}));
  t.like(await rowOf(place, host), { failures: 0, problemCode: null });
  t.false((place.log() + (await dumpDatabase(place.api.stores.database))).includes(hmacKey));
});
