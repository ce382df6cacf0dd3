import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const version = 'v1';
/** Bytes, as NIST SP 800-38D wants them for GCM. */
const nonceLength = 12;
const tagLength = 16;

/** A sealed text was changed, belongs elsewhere, or was sealed with another passphrase. */
export class SealError extends Error {
  override name = 'SealError';
}

/** Keeps private keys from everybody who has only the database. */
export class Seal {
  readonly #key: Buffer;

  /** @param passphrase `PULUMI_CONFIG_PASSPHRASE`, which workers alone have */
  constructor(passphrase: string) {
    // Another key than Pulumi makes of it. Long random texts need no slow derivation.
    this.#key = Buffer.from(hkdfSync('sha256', passphrase, '', 'webhoster certificates', 32));
  }

  /** @param place what the text belongs to: it can be opened there only */
  close(text: string, place: string): string {
    const nonce = randomBytes(nonceLength);
    const cipher = createCipheriv(algorithm, this.#key, nonce).setAAD(Buffer.from(place));
    const closed = [cipher.update(text, 'utf8'), cipher.final()];
    return `${version}:${Buffer.concat([nonce, cipher.getAuthTag(), ...closed]).toString('base64')}`;
  }

  /** @throws SealError unless the text is as {@link close} made it, for the same place and with the same passphrase */
  open(sealed: string, place: string): string {
    const [stated, body = ''] = sealed.split(':');
    const bytes = Buffer.from(body, 'base64');
    const nonce = bytes.subarray(0, nonceLength);
    const tag = bytes.subarray(nonceLength, nonceLength + tagLength);
    try {
      if (stated !== version) throw new Error(`there is no version ${stated}`);
      const decipher = createDecipheriv(algorithm, this.#key, nonce, { authTagLength: tagLength });
      decipher.setAAD(Buffer.from(place)).setAuthTag(tag);
      return decipher.update(bytes.subarray(nonceLength + tagLength), undefined, 'utf8') + decipher.final('utf8');
    } catch (cause) {
      const why = `What is kept for ${place} cannot be opened: it was changed, or PULUMI_CONFIG_PASSPHRASE is another one.`;
      throw new SealError(why, { cause });
    }
  }
}
