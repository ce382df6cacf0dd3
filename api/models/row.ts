import type { InferAttributes, InferCreationAttributes, Model } from 'sequelize';

/** What a model's rows are, but for their columns: `interface Session extends Row<Session>`. */
export type Row<T extends Model> = Model<InferAttributes<T>, InferCreationAttributes<T>>;
