import type { Sequelize } from 'sequelize';
import { defineAuditEvent } from './audit-event.ts';
import { defineAcmeAccount, defineCertificate } from './certificate.ts';
import { defineDomain } from './domain.ts';
import { defineHosting } from './hosting.ts';
import { defineOperation, defineOperationEvent } from './operation.ts';
import { defineSession } from './session.ts';
import { defineSpare } from './spare.ts';
import { defineSshKey } from './ssh-key.ts';
import { defineUser } from './user.ts';

export type Models = ReturnType<typeof defineModels>;

/** Makes the models of one database; those of another are others. */
export function defineModels(sequelize: Sequelize) {
  return {
    User: defineUser(sequelize),
    Session: defineSession(sequelize),
    Hosting: defineHosting(sequelize),
    Spare: defineSpare(sequelize),
    SshKey: defineSshKey(sequelize),
    Domain: defineDomain(sequelize),
    Operation: defineOperation(sequelize),
    OperationEvent: defineOperationEvent(sequelize),
    AuditEvent: defineAuditEvent(sequelize),
    Certificate: defineCertificate(sequelize),
    AcmeAccount: defineAcmeAccount(sequelize),
  };
}
