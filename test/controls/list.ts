// Each control of security, and what takes it away. scripts/quality/test-controls.sh does that one after the other, and some test
// must fail every time.

import { api } from './api.ts';
import { certificates } from './certificates.ts';
import type { Control } from './control.ts';
import { edge } from './edge.ts';
import { network } from './network.ts';
import { pages } from './pages.ts';

export const controls: Control[] = [...api, ...certificates, ...edge, ...network, ...pages];
