import type { PageRoute } from '../route.ts';

export const operatorPages: PageRoute[] = [];
