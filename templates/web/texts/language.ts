export const languages = ['ko', 'en'] as const;
export type Language = (typeof languages)[number];

/** Sentences by key, each in every language. */
export type Sentences = Record<string, Record<Language, string>>;
