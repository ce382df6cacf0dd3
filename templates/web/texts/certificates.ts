import type { Sentences } from './language.ts';

/**
 * Certificates of hosts. `because_…` are the last parts of RFC 8555's problem types, and codes of ours
 * (api/certificates/errors.ts, api/stores/queries/certificates.ts).
 */
export const certificates = {
  title: { ko: '인증서', en: 'Certificates' },
  active: {
    ko: 'HTTPS로도 열립니다. 인증서 유효 기간:',
    en: 'It is there by HTTPS too. The certificate is valid until',
  },
  until: { ko: '지금 인증서의 유효 기간:', en: 'The one that is there is valid until' },
  pending: {
    ko: 'HTTPS 인증서를 받는 중입니다. 그때까지 https:// 주소에서는 브라우저가 경고합니다.',
    en: 'A certificate for HTTPS is on its way. Until then browsers warn of the address with https://.',
  },
  failed: {
    ko: 'HTTPS 인증서를 받지 못해 https:// 주소에서는 브라우저가 경고합니다. http:// 주소는 그대로 열립니다.',
    en: 'There is no certificate for HTTPS, so browsers warn of the address with https://. The one with http:// works as ever.',
  },
  notRenewed: { ko: 'HTTPS 인증서를 갱신하지 못했습니다.', en: 'The certificate for HTTPS could not be renewed.' },
  authoritySays: { ko: '인증 기관의 설명:', en: 'The certificate authority says:' },
  nextAttempt: { ko: '다음 시도:', en: 'Next attempt:' },
  because_dns: {
    ko: '이 주소의 DNS 레코드를 찾지 못했습니다.',
    en: 'The DNS record of this address was not found.',
  },
  because_connection: {
    ko: '인증 기관이 이 주소의 80번 포트에 연결하지 못했습니다. DNS와 방화벽을 확인해 주세요.',
    en: 'The authority could not connect to port 80 of this address. Check its DNS and firewalls.',
  },
  because_unauthorized: {
    ko: '이 주소가 다른 서버로 연결되어 있습니다. DNS 레코드를 확인해 주세요.',
    en: 'This address leads to another server. Check its DNS record.',
  },
  because_caa: {
    ko: '도메인의 CAA 레코드가 이 인증 기관을 허용하지 않습니다.',
    en: 'The CAA record of the domain does not allow this authority.',
  },
  because_rejectedIdentifier: {
    ko: '인증 기관이 이 이름에는 인증서를 발급하지 않습니다.',
    en: 'The authority issues none for this name.',
  },
  because_rateLimited: {
    ko: '인증 기관의 발급 한도에 이르렀습니다. 기다리면 다시 시도합니다.',
    en: 'The limit of the authority is reached. It is tried again when that has passed.',
  },
  because_unreachable: {
    ko: '인증 기관이 응답하지 않습니다. 기다리면 다시 시도합니다.',
    en: 'The authority does not answer. It is tried again by itself.',
  },
  because_unproven: {
    ko: '이 서버가 인증 기관에 보여 줄 것을 내놓지 못했습니다. 운영자에게 알려 주세요.',
    en: 'This service could not show what the authority asks for. Tell the operator.',
  },
  because_userLimit: {
    ko: '이 HTTPS 인증서는 기다려야 합니다. 모두가 받을 수 있도록 한 사람은 7일에 새 주소 15개까지만 인증서를 받습니다. 갱신은 세지 않고, http:// 주소는 그대로 열립니다.',
    en: 'This certificate for HTTPS has to wait: so that there are some for all, one user gets certificates for 15 new hosts in 7 days. Renewals do not count, and the address with http:// works as ever.',
  },
  because_other: {
    ko: '기다리면 다시 시도합니다. 계속되면 운영자에게 알려 주세요.',
    en: 'It is tried again by itself. Tell the operator if it stays so.',
  },
  counts: {
    ko: '유효 {active} · 받는 중 {pending} · 실패 {failed}',
    en: '{active} valid · {pending} on their way · {failed} failed',
  },
  failing: { ko: '받지 못하는 인증서', en: 'Certificates that cannot be had' },
  authorityFails: {
    ko: '인증 기관이 지금은 아무 인증서도 내주지 않습니다:',
    en: 'The authority issues nothing at the moment:',
  },
  ofService: { ko: '이 서비스', en: 'this service' },
} satisfies Sentences;
