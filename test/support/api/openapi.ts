import type { AnySchema } from 'ajv/dist/2020.js';
import type { TestApi } from './api.ts';

export interface DocumentedAnswer {
  description: string;
  content: Record<string, { schema: AnySchema }>;
  headers?: Record<string, { required?: boolean; schema: AnySchema }>;
  links?: Record<string, { operationId: string }>;
}

export interface Operation {
  operationId: string;
  summary: string;
  parameters?: { name: string; in: string }[];
  responses: Record<string, DocumentedAnswer>;
}

export interface Document {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: object;
}

/** The document of the API as its readers get it. */
export async function readDocument({ url }: TestApi): Promise<Document> {
  return (await (await fetch(`${url}/openapi.json`)).json()) as Document;
}
