import { certificatesOfDomains } from '../../certificates/report.ts';
import { serviceHosts, sitesDomain } from '../../config/sites.ts';
import { addDomain, listDomains, removeDomain, requestCheck } from '../../domains/domains.ts';
import type { Domain } from '../../models/domain.ts';
import { presentDomain } from '../presenters/domain.ts';
import { nothingAnswer } from '../schemas/common.ts';
import { domainAddition, domainAnswer, domainParameters, domainsAnswer } from '../schemas/domain.ts';
import { answer, type AuthenticatedRequest, userRoute } from './route.ts';

const path = '/host/my/domains';

/** Domains as their user is told of them. */
async function present(
  domains: Domain[],
  { ctx, services, user }: Pick<AuthenticatedRequest, 'ctx' | 'services' | 'user'>,
) {
  const { config, database } = services;
  const { language } = ctx.state;
  const certificates = await certificatesOfDomains(database, domains);
  const surroundings = { sitesDomain: sitesDomain(config), publicUrl: config.PUBLIC_URL, language };
  return domains.map((domain) => {
    const certificate = certificates.get(domain.name) ?? null;
    return presentDomain(domain, { siteName: user.siteName, ...surroundings, certificate });
  });
}

const list = userRoute({
  method: 'get',
  path,
  summary: {
    ko: '내 도메인. 무엇이 빠졌는지도 알려 줍니다.',
    en: 'The domains of your own, each with what it still lacks.',
  },
  answers: {
    200: { description: 'They stay yours when your hosting is deleted.', schema: domainsAnswer },
  },
  handle: async (request) => {
    const domains = await listDomains(request.services.database, request.user.id);
    answer(request.ctx, 200, 'domainsShown', { domains: await present(domains, request) });
  },
});

const add = userRoute({
  method: 'post',
  path,
  summary: {
    ko: '내 도메인 추가. DNS에 레코드를 만들면 사이트가 그 도메인으로도 열립니다.',
    en: 'Add a domain of your own. When its records are in the DNS, it leads to your site.',
  },
  body: { type: 'json', schema: domainAddition },
  limit: 'change',
  answers: { 201: { description: 'The domain, with the records to make.', schema: domainAnswer } },
  errors: ['HOSTING_NOT_FOUND', 'DOMAIN_EXISTS', 'DOMAIN_TAKEN', 'TOO_MANY_DOMAINS'],
  handle: async (request) => {
    const { ctx, services, actor, body } = request;
    const service = serviceHosts(services.config);
    const asked = { actor, name: body.name, service, language: ctx.state.language };
    const domain = await addDomain(services.database, asked);
    const [shown] = await present([domain], request);
    answer(ctx, 201, 'domainAdded', { domain: shown });
  },
});

const check = userRoute({
  method: 'post',
  path: `${path}/:name/check`,
  summary: {
    ko: '도메인을 지금 다시 확인합니다. 결과는 잠시 뒤 목록에 나옵니다.',
    en: 'Have a domain looked at now. A moment later the list has what was found.',
  },
  parameters: domainParameters,
  limit: 'change',
  answers: { 200: { description: 'The domain, as it is before that.', schema: domainAnswer } },
  errors: ['DOMAIN_NOT_FOUND'],
  handle: async (request) => {
    const { ctx, services, actor, parameters } = request;
    const domain = await requestCheck(services.database, { actor, name: parameters.name });
    const [shown] = await present([domain], request);
    answer(ctx, 200, 'domainCheckRequested', { domain: shown });
  },
});

const remove = userRoute({
  method: 'delete',
  path: `${path}/:name`,
  summary: {
    ko: '도메인 삭제. 사이트는 더 이상 그 도메인으로 열리지 않습니다.',
    en: 'Remove a domain. It leads to your site no more.',
  },
  parameters: domainParameters,
  limit: 'change',
  answers: { 200: { description: 'It is removed. Remove its records too.', schema: nothingAnswer } },
  errors: ['DOMAIN_NOT_FOUND'],
  handle: async ({ ctx, services, actor, parameters }) => {
    await removeDomain(services.database, { actor, name: parameters.name });
    answer(ctx, 200, 'domainRemoved', null);
  },
});

export const domainRoutes = [list, add, check, remove];
