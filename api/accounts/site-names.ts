import type { Database } from '../stores/database.ts';
import { firstFreeSiteName } from '../stores/queries/site-names.ts';
import { complaintOfSiteName, readableSiteName, siteNameLabel, suggestSiteNames } from './site-name-rules.ts';

export type SiteNameState = 'free' | 'taken' | 'reserved' | 'invalid';

/** Whether a new user may have a name; where not, also a similar one that is free. Names are told as people read them. */
export async function describeSiteName(
  database: Database,
  text: string,
): Promise<{ name: string; state: SiteNameState; suggestion: string | null }> {
  const complaint = complaintOfSiteName(text);
  const label = siteNameLabel(text);
  const name = label === undefined ? text : readableSiteName(label);
  if (label && !complaint && (await firstFreeSiteName(database, [label])))
    return { name, state: 'free', suggestion: null };
  const suggestion = await firstFreeSiteName(database, suggestSiteNames(name));
  return { name, state: complaint ?? 'taken', suggestion: suggestion && readableSiteName(suggestion) };
}
