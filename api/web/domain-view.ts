import { texts } from '../../templates/web/texts.ts';
import type { Language } from '../messages.ts';
import type { DomainData } from './answers.ts';
import { viewCertificate } from './certificate-view.ts';
import { type Moment, moment } from './format.ts';

/** A record as somebody types it into the settings of their DNS. */
interface RecordView {
  type: string;
  name: string;
  /** Empty while it is not known. */
  value: string;
  /** Of the elements, from which they are copied. */
  id: string;
  nameId: string;
}

export interface DomainView {
  name: string;
  unicodeName: string;
  url: string;
  state: DomainData['state'];
  stateText: string;
  tone: 'good' | 'bad' | null;
  isServed: boolean;
  missing: string[];
  /** Whether a worker looks at it in a moment. */
  isWaiting: boolean;
  checked: Moment | null;
  next: Moment | null;
  goneSince: Moment | null;
  releaseAt: Moment | null;
  certificate: ReturnType<typeof viewCertificate>;
  /** Sets of records, each of which is enough. */
  choices: RecordView[][];
}

const tones = { unproven: null, active: 'good', lapsing: 'bad', released: 'bad' } as const;

export function viewDomain(domain: DomainData, language: Language): DomainView {
  const { name, unicode_name: unicodeName, url, state, missing, next_check_at: next } = domain;
  return {
    name,
    unicodeName,
    url,
    state,
    stateText: texts[language].domains[`state_${state}`],
    tone: tones[state],
    isServed: state === 'active' || state === 'lapsing',
    missing: missing.map(({ message }) => message),
    isWaiting: next !== null && Date.parse(next) <= Date.now(),
    checked: moment(domain.checked_at),
    next: moment(next),
    goneSince: moment(domain.gone_since),
    releaseAt: moment(domain.release_at),
    certificate: viewCertificate(domain.certificate, language),
    choices: choicesOf(domain),
  };
}

function choicesOf({ name, records }: DomainData): RecordView[][] {
  const { cname, addresses, txt_name: txtName, txt_value: txtValue } = records;
  const record = (type: string, value: string, of = name): RecordView => {
    const id = `record-${type}-${name}-${value}`;
    return { type, name: of, value, id, nameId: `${id}-name` };
  };
  const pointing = addresses.map((address) => record(address.includes(':') ? 'AAAA' : 'A', address));
  const both = [...(pointing.length > 0 ? pointing : [record('A', '')]), record('TXT', txtValue, txtName)];
  return cname === null ? [both] : [[record('CNAME', cname)], both];
}
