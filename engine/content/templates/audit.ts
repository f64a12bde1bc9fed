import type { JsonObject } from '../../kernel';
import type { Tx } from '../../store';

/** The entry is written within the transaction of the change. */
export type AuditContent = (tx: Tx, entry: { action: string; who: string; detail: JsonObject }) => Promise<void>;
