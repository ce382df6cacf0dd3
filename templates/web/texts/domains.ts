import type { Sentences } from './language.ts';

export const domains = {
  title: { ko: '내 도메인', en: 'Domains of your own' },
  hint: {
    ko: '가지고 있는 도메인으로도 웹사이트가 열리게 합니다. 10개까지 추가할 수 있습니다.',
    en: 'Your website can be at domains that you have, too: up to 10 of them.',
  },
  empty: { ko: '아직 추가한 도메인이 없습니다.', en: 'No domains yet.' },
  addTitle: { ko: '도메인 추가', en: 'Add a domain' },
  add: { ko: '추가', en: 'Add' },
  name: { ko: '도메인', en: 'Domain' },
  nameHint: {
    ko: '예: shop.mycompany.com, 한글.kr. 추가하면 DNS에 만들 레코드를 알려 드립니다.',
    en: 'Like: shop.mycompany.com. Then you are told which records to make in its DNS.',
  },
  needsHosting: {
    ko: '호스팅을 만들면 다시 이 도메인으로 열립니다.',
    en: 'With your next hosting these lead to it again.',
  },

  state_unproven: { ko: '확인을 기다림', en: 'Not proven yet' },
  state_active: { ko: '연결됨', en: 'Connected' },
  state_lapsing: { ko: '곧 연결이 끊김', en: 'About to be let go' },
  state_released: { ko: '연결이 끊김', en: 'Let go' },
  missing: { ko: '빠진 것', en: 'What is missing' },
  waiting: { ko: '지금 확인하고 있습니다…', en: 'It is being looked at…' },
  checked: { ko: '마지막 확인', en: 'Last looked at' },
  next: { ko: '다음 확인', en: 'next' },
  noMore: {
    ko: '일주일이 지나 저절로 확인하지 않습니다. 레코드를 만든 뒤 지금 확인을 누르세요.',
    en: 'A week has gone by, so it is no longer looked at by itself. Make the records, then have it checked.',
  },
  lapsing: {
    ko: '증명이 사라졌습니다. 아직 열리지만, 되돌리지 않으면 연결을 끊습니다.',
    en: 'The proof is gone. It still leads to your site, and is let go unless the proof comes back.',
  },
  goneSince: { ko: '사라진 때', en: 'Gone since' },
  releaseAt: { ko: '끊는 때(빠르면)', en: 'Let go at the earliest on' },
  releasedAt: { ko: '끊은 때', en: 'Let go on' },
  released: {
    ko: '증명이 너무 오래 없어 연결을 끊었습니다. 계속 쓰려면 다시 추가해 주세요. 쓰지 않는다면 이 서버를 가리키는 DNS 레코드도 지우세요.',
    en: 'Its proof was gone for too long, so it is let go. To go on with it, add it again. If not, remove the DNS records that lead here too.',
  },

  records: { ko: 'DNS에 만들 레코드', en: 'Records to make in the DNS' },
  recordsHint: {
    ko: '도메인을 등록한 곳의 DNS 설정에서 만듭니다. 보이기까지 몇 분에서 몇 시간 걸립니다.',
    en: 'Where you registered the domain, in its DNS settings. It takes minutes to hours until everybody sees them.',
  },
  cnameAlone: { ko: 'CNAME 레코드 하나면 됩니다:', en: 'One CNAME record is enough:' },
  orBoth: { ko: '또는 다음 레코드를 모두 만듭니다:', en: 'Or all of these:' },
  both: { ko: '다음 레코드를 모두 만듭니다:', en: 'Make all of these:' },
  valueOf: { ko: '{type} 레코드의 값', en: 'value of the {type} record' },
  nameOf: { ko: '{type} 레코드의 이름', en: 'name of the {type} record' },
  addressLater: { ko: '첫 확인 뒤에 표시됩니다.', en: 'It stands here after the first look.' },

  check: { ko: '지금 확인', en: 'Check now' },
  checkNamed: { ko: '지금 확인: {name}', en: 'Check now: {name}' },
  remove: { ko: '삭제', en: 'Remove' },
  removeNamed: { ko: '{name} 도메인 삭제', en: 'Remove the domain {name}' },
  removeHint: {
    ko: '웹사이트가 더 이상 이 도메인으로 열리지 않습니다. 다시 추가하면 TXT 레코드의 값이 달라집니다.',
    en: 'It leads to your website no more. When you add it again, its TXT record has another value.',
  },

  ofUsers: { ko: '사용자 도메인', en: 'Domains of users' },
  counts: {
    ko: '연결됨 {served} · 그중 증명이 사라짐 {lapsing}',
    en: '{served} connected · {lapsing} of them without proof',
  },
  manyGone: {
    ko: '사용자 도메인 {served}개 가운데 {lapsing}개가 더 이상 이 서버로 연결되지 않습니다. .env의 PUBLIC_ADDRESSES와 SITES_DOMAIN이 맞나요? 그동안에는 증명이 사라진 지 30일이 되기 전에 하나도 끊지 않고, 바로잡은 뒤에도 하루를 더 둡니다.',
    en: '{lapsing} of {served} domains of users no longer lead here. Are PUBLIC_ADDRESSES and SITES_DOMAIN in .env right? As long as it is so, none is let go before its proof has been gone for 30 days, nor for a day after.',
  },
} satisfies Sentences;
